package env

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bool reads y, yes, t, true, on and 1, or n, no, f, false, off and 0, in any case.
func Bool(s string) (bool, error) {
	switch lower := strings.ToLower(s); {
	case slices.Contains([]string{"y", "yes", "t", "true", "on", "1"}, lower):
		return true, nil
	case slices.Contains([]string{"n", "no", "f", "false", "off", "0"}, lower):
		return false, nil
	}
	return false, errors.New("it is neither true nor false: use one of y yes t true on 1, n no f false off 0")
}

// Milliseconds reads a whole number of milliseconds above zero.
func Milliseconds(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return 0, errors.New("it is not a number of milliseconds above zero")
	}
	return time.Duration(n) * time.Millisecond, nil
}

// Number reads a whole number above zero that an int can hold.
func Number(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 {
		return 0, errors.New("it is not a whole number above zero")
	}
	return n, nil
}

// Bytes reads a whole number of bytes above zero.
func Bytes(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, errors.New("it is not a whole number of bytes above zero")
	}
	return n, nil
}

// Words reads words with commas between, without the spaces around them. Empty ones
// are left out; there is one at least.
func Words(s string) ([]string, error) {
	var words []string
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return nil, errors.New("it holds nothing: write words with commas between")
	}
	return words, nil
}

// Fractions reads numbers from 0 to 1 with commas between.
func Fractions(s string) ([]float64, error) {
	words, err := Words(s)
	var all []float64
	for i, word := range words {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil || !(f >= 0 && f <= 1) {
			return nil, fmt.Errorf("item %d is not a number from 0 to 1: write 0.5,0.99", i+1)
		}
		all = append(all, f)
	}
	return all, err
}

// Pairs reads key=value,key2=value2 as OTEL_EXPORTER_OTLP_HEADERS is written: what
// stands for itself nowhere is written with percent signs.
func Pairs(s string) (map[string]string, error) {
	pairs := map[string]string{}
	for i, item := range strings.Split(s, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		key, value, found := strings.Cut(item, "=")
		key = strings.TrimSpace(key)
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		switch {
		case !found || key == "":
			return nil, fmt.Errorf("item %d is not key=value: write key=value,key2=value2", i+1)
		case err != nil:
			return nil, fmt.Errorf("item %d has a percent sign without two hexadecimal digits behind it: write %%25 for a percent sign", i+1)
		case has(pairs, key):
			return nil, fmt.Errorf("item %d has the key of another one", i+1)
		}
		pairs[key] = plain
	}
	if len(pairs) == 0 {
		return nil, errors.New("it holds nothing: write key=value,key2=value2")
	}
	return pairs, nil
}

func has(pairs map[string]string, key string) bool {
	_, ok := pairs[key]
	return ok
}

// Choice reads one of the words, in any case.
func Choice(s string, words ...string) (string, error) {
	if lower := strings.ToLower(s); slices.Contains(words, lower) {
		return lower, nil
	}
	last := len(words) - 1
	return "", errors.New("use " + strings.Join(words[:last], ", ") + " or " + words[last])
}
