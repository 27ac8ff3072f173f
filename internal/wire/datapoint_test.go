package wire

import "testing"

func TestNumbersHaveOneText(t *testing.T) {
	if canonical("9007199254740993") == canonical("9007199254740992") {
		t.Error("integers beyond 2^53 are taken for each other")
	}
}
