package apptuittest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answerOfOpenTSDB puts one body, without a token.
func answerOfOpenTSDB(t *testing.T, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/put?details&sync", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	NewUnstartedServer(WithOpenTSDB()).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestOpenTSDB(t *testing.T) {
	const point = `{"metric":"m","timestamp":1700000000,"value":1,"tags":{%s}}`
	many := make([]string, 9)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	for tags, want := range map[string]string{
		`"k":"v"`:                   "",
		`"größe":"größe/a.b-c_d"`:   "",
		`"le":"+Inf"`:               `Invalid tag value (\"+Inf\"): illegal character: +`,
		`"service":"unknown:x"`:     `Invalid tag value (\"unknown:x\"): illegal character: :`,
		`"k":"\ud835\udd38"`:        "illegal character",
		strings.Join(many, ","):     "Too many tags: 9 maximum allowed: 8",
		strings.Join(many[:8], ","): "",
	} {
		status, text := answerOfOpenTSDB(t, fmt.Sprintf("["+point+"]", tags))
		if (status == 200) != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %q", tags, status, text, want)
		}
	}
	filler := strings.Repeat(" ", openTSDBBody-2)
	if status, text := answerOfOpenTSDB(t, "["+filler+"]"); strings.Contains(text, "Chunked") {
		t.Errorf("8 KiB: %d %s", status, text)
	}
	if status, text := answerOfOpenTSDB(t, "[ "+filler+"]"); status != 400 || !strings.Contains(text, "<blockquote>Chunked request not supported") {
		t.Errorf("a byte more: %d %s", status, text)
	}
}
