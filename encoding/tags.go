package encoding

import (
	"cmp"
	"fmt"
	"slices"
)

// CleanTags returns the tags as one source of a series' tags gives them: keys
// sanitised, sorted and unique, empty values left out. See [NewSeries] for the
// rules; tags itself is not changed.
func CleanTags(mode SanitizeMode, tags []Tag) ([]Tag, error) {
	return appendCleanTags(make([]Tag, 0, len(tags)), mode, tags)
}

// appendCleanTags appends them to clean, which is empty.
func appendCleanTags(clean []Tag, mode SanitizeMode, tags []Tag) ([]Tag, error) {
	for _, t := range tags {
		if t.Value != "" {
			clean = append(clean, t)
		}
	}
	sortByKey(clean)
	clean = lastOfEachKey(clean)
	changed, err := sanitizeKeys(mode, clean)
	if !changed || err != nil {
		return clean, err
	}
	sortByKey(clean) // stable: values join in the order of the original keys
	return joinEqualKeys(clean), nil
}

// sanitizeKeys writes the keys as mode says, and reports whether one changed.
// Those that change are written into one string.
func sanitizeKeys(mode SanitizeMode, tags []Tag) (changed bool, err error) {
	var textRoom [1 << 9]byte // most keys of a series fit
	var endRoom [32]int
	text, ends := textRoom[:0], endRoom[:0] // of the keys up to each tag
	for _, t := range tags {
		if t.Key == "" || mode == SanitizeNone {
			if err := checkName(t.Key); err != nil {
				return false, fmt.Errorf("tag key: %w", err)
			}
		} else if !mode.keeps(t.Key) {
			text = mode.appendName(text, t.Key)
		}
		ends = append(ends, len(text))
	}
	keys, begin := string(text), 0
	for i, end := range ends {
		if begin < end { // a name is never sanitised to nothing
			tags[i].Key = keys[begin:end]
		}
		begin = end
	}
	return len(text) > 0, nil
}

func byKey(a, b Tag) int { return cmp.Compare(a.Key, b.Key) }

// sortByKey sorts and keeps the order of equal keys. The few tags that a series
// has, often in order, are sorted fastest by insertion.
func sortByKey(tags []Tag) {
	const few = 32
	if len(tags) > few {
		slices.SortStableFunc(tags, byKey)
		return
	}
	for i := 1; i < len(tags); i++ {
		t, at := tags[i], i
		for ; at > 0 && t.Key < tags[at-1].Key; at-- {
			tags[at] = tags[at-1]
		}
		if at < i {
			tags[at] = t
		}
	}
}

func lastOfEachKey(sorted []Tag) []Tag {
	kept := sorted[:0]
	for i, t := range sorted {
		if i+1 == len(sorted) || sorted[i+1].Key != t.Key {
			kept = append(kept, t)
		}
	}
	return kept
}

func joinEqualKeys(sorted []Tag) []Tag {
	kept := sorted[:0]
	for _, t := range sorted {
		if n := len(kept); n > 0 && kept[n-1].Key == t.Key {
			kept[n-1].Value += ";" + t.Value
			continue
		}
		kept = append(kept, t)
	}
	return kept
}
