package answer

// Texts takes a list of strings.
func (d *Decoder) Texts() (texts []string, err error) {
	err = d.Array(func() error {
		text, err := d.TextOrNull()
		if err != nil {
			return err
		}
		texts, err = Push(d, texts, text)
		return err
	})
	return texts, err
}

// Tags takes an object of texts.
func Tags[K, V ~string](d *Decoder) (tags map[K]V, err error) {
	err = d.Object(func(key string) (err error) {
		tags, err = Tag(d, tags, key)
		return err
	})
	return tags, err
}

// Tag takes the value of a tag. One that is null is not there.
func Tag[K, V ~string](d *Decoder, tags map[K]V, key string) (map[K]V, error) {
	if null, err := d.Null(); null || err != nil {
		delete(tags, K(key))
		return tags, err
	}
	value, err := d.Text()
	if err != nil {
		return tags, err
	}
	if err := d.Spend(costOfTag(len(tags))); err != nil {
		return tags, err
	}
	if tags == nil {
		tags = make(map[K]V)
	}
	tags[K(key)] = V(value)
	return tags, nil
}

// costOfTag returns what one more tag takes beside so many.
func costOfTag(tags int) int64 {
	switch {
	case tags == 0:
		return mapCost
	case tags < smallMap:
		return 0
	case tags == smallMap:
		return growCost
	}
	return tagCost
}
