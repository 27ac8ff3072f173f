package wire

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// each writes every byte of a text in a notation of its own.
func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

func quotedJSON(s string) string {
	text, _ := json.Marshal(s) // a string cannot fail
	return string(text[1 : len(text)-1])
}

// notations are ways in which a server may repeat what it was sent.
var notations = map[string]func(string) string{
	"as it is":         func(s string) string { return s },
	"JSON":             quotedJSON,
	"JSON in JSON":     func(s string) string { return quotedJSON(quotedJSON(s)) },
	"JSON with /":      func(s string) string { return strings.ReplaceAll(quotedJSON(s), "/", `\/`) },
	"Java's JSON":      func(s string) string { return strings.ReplaceAll(quotedJSON(s), "=", `\u003d`) },
	"JSON escapes":     each(`\u%04x`),
	"program escapes":  each(`\x%02x`),
	"octal escapes":    each(`\%03o`),
	"query":            url.QueryEscape,
	"path":             url.PathEscape,
	"percent":          each("%%%02X"),
	"percent twice":    func(s string) string { return url.QueryEscape(each("%%%02x")(s)) },
	"percent in JSON":  func(s string) string { return quotedJSON(url.QueryEscape(s)) },
	"entities":         html.EscapeString,
	"decimal entities": each("&#%d;"),
	"hex entities":     each("&#x%x;"),
	"entities twice":   func(s string) string { return html.EscapeString(each("&#%d;")(s)) },
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, after 1":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s)) },
	"base64, after 2":  func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte("ann:" + s + "\n")) },
	"base64 for URLs":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("user:" + s + "!")) },
	"base64 in lines":  func(s string) string { return spaced(base64.StdEncoding.EncodeToString([]byte(s)), 20, "\r\n") },
	"base64, percent":  func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"hex":              func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex with colons":  each("%02X:"),
	"upper case":       strings.ToUpper,
	"lower case":       strings.ToLower,
	"spaced":           func(s string) string { return spaced(s, 1, " ") },
	"dashed":           func(s string) string { return spaced(s, 4, "--") },
	"on lines":         func(s string) string { return spaced(s, 7, "\n") },
	"in halves":        func(s string) string { return s[:middle(s)] + " and then " + s[middle(s):] },
	"first half":       func(s string) string { return s[:middle(s)] },
	"second half":      func(s string) string { return s[middle(s):] },
	"half in base64":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s[:middle(s)])) },
	"in a header":      func(s string) string { return `[{"Authorization":["Bearer ` + quotedJSON(s) + `"]}]` },
}

// middle returns where half of the letters and digits are passed; the second half
// has one more of them where they are odd.
func middle(s string) int {
	at := 0
	for len(letters(s[:at], false)) < len(letters(s, false))/2 {
		at++
	}
	return at
}

func spaced(s string, n int, by string) string {
	var parts []string
	for len(s) > n {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.Join(append(parts, s), by)
}

// tokens are of the kinds that stores hand out.
var tokens = []string{
	"kq3Xn8ZrT1vLw5Yp0GdH", "5f2c9d1e-7a40-4b8e-9c63-0d1f2a3b4c5d", `=/+"\<&QX7Z4NWT2KRM5B8C==`,
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhcHB0dWl0In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", "ABCDEFGH",
}

func TestRedactorKnowsNotations(t *testing.T) {
	for _, token := range tokens {
		r := redactorOf(token)
		for name, write := range notations {
			if len(letters(token, false)) < 2*minPiece && strings.Contains(name, "hal") {
				continue // a half of it is no piece
			}
			for _, text := range []string{write(token), "you sent " + write(token) + ", which is wrong"} {
				if got := r.show(text); got != withheld {
					t.Errorf("%s, %s: %q is shown as %q", token, name, text, got)
				}
			}
		}
	}
}

func TestRedactorShowsTheRest(t *testing.T) {
	r := newRedactor(http.Header{
		"X-Flag": {"1"}, "X-Debug": {"true"}, "Accept": {"application/json"}, "X-Format": {"application/json"},
		"X-Scope-Orgid": {"tenant7"}, "X-Stage": {"production"},
	}, nil)
	r.addToken(tokens[0])
	for _, text := range []string{
		"1 of 1 points: true", "application/json is not what I take", "tenant71", "products", "status 503: Service Unavailable",
		`{"error":{"code":400,"message":"Unable to parse value"}}`, "the token kq3Xn8Z... is wrong", "日本語",
	} {
		if got := r.show(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, text := range []string{"no tenant7 here", "TENANT7", "unknown stage production", "stage=Production"} {
		if got := r.show(text); got != withheld {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

func TestRedactorKnowsPartsOfHeaders(t *testing.T) {
	for value, hidden := range map[string][]string{
		"Bearer kq3Xn8ZrT1vL":                     {"kq3Xn8ZrT1vL", "KQ3XN8ZR"},
		"Bearer abcdefghij":                       {"abcdefghij"},
		"session=kq3Xn8ZrT1vL; theme=dark":        {"kq3Xn8ZrT1vL"},
		"Basic YW5uOmh1bnRlcjItYW5kLW1vcmU=":      {"hunter2-and-more", "YW5uOmh1bnRlcjItYW5kLW1vcmU"},
		"kl\u00fcssel-\u043a\u043b\u044e\u0447-9": {"KL\u00dcSSEL-\u041a\u041b\u042e\u0427-9"},
	} {
		r := newRedactor(http.Header{"Authorization": {value}}, nil)
		for _, text := range hidden {
			if got := r.show("it was " + text); got != withheld {
				t.Errorf("%s: %s", value, got)
			}
		}
	}
}

func TestRedactorKnowsProxyPasswords(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://ann:pr0xy-pa55word@proxy.test:3128")
	r := newRedactor(nil, nil)
	for _, text := range []string{"pr0xy-pa55word", base64.StdEncoding.EncodeToString([]byte("ann:pr0xy-pa55word"))} {
		if got := r.show(text); got != withheld {
			t.Errorf("%s is shown", got)
		}
	}
}

// A token that was replaced is still a secret, and one of another client too.
func TestRedactorRemembers(t *testing.T) {
	old := "old0" + tokens[0]
	r := redactorOf(old)
	for i := range maxOwnSecrets - 1 {
		r.addToken(fmt.Sprintf("token-number-%d-of-many", i))
	}
	if got := r.show(old); got != withheld {
		t.Errorf("after %d tokens %s is shown", maxOwnSecrets, got)
	}
	for i := range 10 * maxOwnSecrets {
		r.addToken(fmt.Sprintf("%d-%s", i, strings.Repeat("long ", 1000)))
	}
	if n := len(r.tokens.all()); n > maxOwnSecrets || r.tokens.bytes > maxSecretBytes {
		t.Errorf("%d tokens in %d bytes are kept", n, r.tokens.bytes)
	}
	redactorOf("shared-" + tokens[1])
	if got := outside.show("shared-" + tokens[1]); got != withheld {
		t.Errorf("the token of another client: %s", got)
	}
	redactorOf("abcd")
	if got := outside.show("abcd"); got != "abcd" {
		t.Errorf("a short token of another client withholds: %s", got)
	}
}

// A text that decodes without end is not shown, and costs little.
func TestRedactorGivesUpOnMazes(t *testing.T) {
	maze := "%" + strings.Repeat("25", 100) + " &" + strings.Repeat("amp;", 100)
	if got := redactorOf(tokens[0]).show(maze); got != withheld {
		t.Errorf("shown: %s", got)
	}
}

// An answer may name more points than can be looked at: the first are shown, and
// all are matched with what was sent.
func TestManyRejectedPoints(t *testing.T) {
	const n = 2000
	named := map[int]string{}
	for i := range n {
		named[i] = fmt.Sprintf("bad point of a kind of its own, number %d", i)
	}
	o := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(400, nettest.Details(0, named))}}).Put(t.Context(), nettest.Batch(n))
	if len(o.Rejected) != n || o.Rejected[0].Point.Metric != "node.cpu" || o.Rejected[0].Reason == tooMany || o.Rejected[n-1].Reason != tooMany {
		t.Errorf("%d points: %v ... %v", len(o.Rejected), o.Rejected[0], o.Rejected[n-1])
	}
}

// outer are the notations that a text in another one is written in.
var outer = []string{
	"as it is", "JSON", "JSON with /", "JSON escapes", "program escapes", "query", "path", "percent", "entities", "decimal entities", "hex entities",
}

// A secret in any notation, and one notation inside another, is never shown.
func FuzzRedactor(f *testing.F) {
	names := slices.Sorted(maps.Keys(notations))
	for i, token := range tokens {
		f.Add(token, uint(i), uint(i+1), "you sent ", ", which is wrong")
	}
	f.Fuzz(func(t *testing.T, token string, first, second uint, before, after string) {
		n := len(letters(token, false))
		one, two := names[first%uint(len(names))], outer[second%uint(len(outer))]
		if checkToken(token) != nil || n < 2*minPiece && strings.Contains(one, "hal") {
			return
		}
		if strings.ContainsAny(before+after, `\%&<`) {
			return // what stands beside a text may make another text of it
		}
		written := notations[two](notations[one](token))
		if len(before)+len(written) > maxExamined {
			return
		}
		known = &memory{max: maxKnownSecrets} // and not what another input was
		r := newRedactor(nil, nil)
		r.addToken(token)
		if shown := r.show(before + written + after); shown != withheld {
			t.Fatalf("%s in %s, %s: %q is shown as %q", token, one, two, before+written+after, shown)
		}
	})
}

// Either half of a secret is withheld, wherever its letters are.
func TestRedactorKnowsEitherHalf(t *testing.T) {
	for _, secret := range []string{"Zq7-Xw9_Lm2kRt5vBn8pYc3d", "a-b_c-d_e-f_ghijklmnopqrst", "abcdefghijklmn-o_p-q_r-s_t"} {
		r := redactorOf(secret)
		for _, half := range []string{secret[:len(secret)/2], secret[len(secret)/2:]} {
			if len(letters(half, true)) < minPiece {
				continue // fewer letters and digits than make a piece
			}
			if shown := r.show("you sent " + half + " and more"); strings.Contains(shown, half) {
				t.Errorf("half of %s is shown: %s", secret, shown)
			}
		}
	}
}

// A server that names more points than were sent does not have them all read.
func TestGiantListForOnePoint(t *testing.T) {
	list := `{"success":0,"failed":1,"errors":[` + strings.Repeat("{},", 300_000) + `{}]}`
	a := answer{points: 1, status: 400, header: http.Header{}, body: []byte(list), redact: outside}
	heaptest.Within(t, 8<<20, func() {
		if o := classify(a); o.Verdict != Bisect || len(o.Rejected) != 2 {
			t.Errorf("%v, %d points named", o.Verdict, len(o.Rejected))
		}
	})
}
