package wire

import (
	"sync"

	"github.com/apptuitai/apptuit-go/internal/text"
)

const (
	withheld = "(withheld: it shows a secret)"
	// maxExamined bounds what is looked at of a foreign text; text.Max of it is
	// shown.
	maxExamined = 1 << 10
	// maxPage bounds what is searched for the words of a web page.
	maxPage = 64 << 10

	// How many tokens are remembered, so that one that was replaced is
	// recognised: by each client, and of all together, and in how many bytes.
	maxOwnSecrets   = 64
	maxKnownSecrets = 128
	maxSecretBytes  = 1 << 20
)

// A memory holds the secrets seen last.
type memory struct {
	mu      sync.Mutex
	max     int
	secrets []hiddenText // oldest first; never changed in place
	bytes   int
}

// known are the secrets of all clients of the process but the short ones, which
// would withhold half of what others read.
var known = &memory{max: maxKnownSecrets}

// add remembers a secret, and forgets the oldest where there are too many.
func (m *memory) add(s hiddenText) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := make([]hiddenText, 0, len(m.secrets)+1)
	for _, old := range m.secrets {
		if old.id != s.id {
			kept = append(kept, old)
		}
	}
	if len(kept) == len(m.secrets) {
		m.bytes += s.size
	}
	kept = append(kept, s)
	for len(kept) > 1 && (len(kept) > m.max || m.bytes > maxSecretBytes) {
		m.bytes -= kept[0].size
		kept = kept[1:]
	}
	m.secrets = kept
}

func (m *memory) all() []hiddenText {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.secrets
}

// A redactor is the one way of foreign text into errors and logs: it bounds and
// escapes the text, and withholds all of it where it shows a secret of the
// process in any of the known notations.
type redactor struct {
	fixed  []hiddenText // of the options and of the environment
	words  []string     // short values, which are looked for as words
	tokens memory       // of the client's own life
}

// outside is the redactor of what has no secrets of its own.
var outside = &redactor{}

// addToken makes a token a secret.
func (r *redactor) addToken(token string) {
	if len(letters(token, true)) >= minSecret {
		s := newHidden(token, false)
		r.tokens.add(s)
		remember(s)
	}
}

// remember lets other clients know a secret.
func remember(s hiddenText) {
	if !s.short {
		known.add(s)
	}
}

// mask returns a text, or that it shows a secret.
func (r *redactor) mask(s string) string {
	s = text.Cut(s, maxExamined)
	if len(s) < minSecret {
		return s
	}
	all, settled := readings(s)
	if !settled {
		return withheld
	}
	secrets := [][]hiddenText{r.fixed, r.tokens.all(), known.all()}
	for _, reading := range all {
		if showsWord(reading, r.words) || shows(reading, secrets) {
			return withheld
		}
	}
	return s
}

// shows tells whether a text shows one of the secrets.
func shows(s string, secrets [][]hiddenText) bool {
	ascii, all := letters(s, false), letters(s, true)
	searched := []letterText{newLetterText(ascii)}
	if all != ascii {
		searched = append(searched, newLetterText(all))
	}
	for _, t := range searched {
		for _, group := range secrets {
			for _, secret := range group {
				if secret.shownIn(t) {
					return true
				}
			}
		}
	}
	return false
}

// Show returns what may be shown of a text of foreign code: one line, bounded, and
// without any secret that a client of this process knows.
func Show(s string) string { return outside.show(s) }

// show returns what may be shown of a text: one line of at most text.Max
// characters.
func (r *redactor) show(s string) string {
	return text.Line(r.mask(plainText(text.Cut(s, maxPage))))
}

// field returns what may be shown of a text that is data.
func (r *redactor) field(s string) string { return text.Field(r.mask(s)) }

// maxFields bounds the texts that are examined of the points that one answer
// names: they may be tens of thousands, and ten are told.
const maxFields = 256

const tooMany = "(not shown: the answer says too much)"

// fields are the texts of one answer, each examined once.
type fields struct {
	redact *redactor
	shown  map[field]string
}

type field struct {
	text   string
	isData bool
}

func newFields(r *redactor) fields { return fields{redact: r, shown: map[field]string{}} }

// show returns what may be shown of a text, which is data or words.
func (f fields) show(s string, isData bool) string {
	key := field{s, isData}
	if shown, ok := f.shown[key]; ok {
		return shown
	}
	if len(f.shown) == maxFields {
		return tooMany
	}
	shown := f.redact.show
	if isData {
		shown = f.redact.field
	}
	f.shown[key] = shown(s)
	return f.shown[key]
}

func (f fields) data(s string) string   { return f.show(s, true) }
func (f fields) reason(s string) string { return f.show(s, false) }
