package transform

import (
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Keys that the store has for itself get another name that no other tag has.
func TestKeysThatFit(t *testing.T) {
	cfg := &Config{TagKey: func(key string) string {
		if key == "time" {
			return "time_"
		}
		return key
	}, TagValue: strings.ToUpper}
	for in, want := range map[string]string{
		"a=x z=y":            "a=X z=Y",
		"a=x time=y":         "a=X time_=Y",
		"time=y zone=x":      "time_=Y zone=X",
		"time=a time_=b":     "time_=B time__=A",
		"time=a time_=b u=c": "time_=B time__=A u=C",
	} {
		tags := tagsIn(in)
		if got := tagText(cfg.fit(tags)); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
		if tagText(tags) != in {
			t.Errorf("%s was changed to %s", in, tagText(tags))
		}
	}
	if tags := tagsIn("a=x"); &(&Config{}).fit(tags)[0] != &tags[0] {
		t.Error("without a store's rules tags are copied")
	}
}

func tagsIn(text string) (tags []encoding.Tag) {
	for pair := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(pair, "=")
		tags = append(tags, encoding.Tag{Key: key, Value: value})
	}
	return tags
}

func tagText(tags []encoding.Tag) string {
	var all []string
	for _, tag := range tags {
		all = append(all, tag.Key+"="+tag.Value)
	}
	return strings.Join(all, " ")
}
