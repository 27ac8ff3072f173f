package query

// texts takes a list of strings.
func (s *scanner) texts() (texts []string, err error) {
	err = s.array(func() error {
		text, err := s.textOrNull()
		if err != nil {
			return err
		}
		texts, err = push(s, texts, text)
		return err
	})
	return texts, err
}

// tags takes an object of texts.
func tags[K, V ~string](s *scanner) (tags map[K]V, err error) {
	err = s.object(func(key string) (err error) {
		tags, err = tag(s, tags, key)
		return err
	})
	return tags, err
}

// tag takes the value of a tag. One that is null is not there.
func tag[K, V ~string](s *scanner, tags map[K]V, key string) (map[K]V, error) {
	if null, err := s.null(); null || err != nil {
		delete(tags, K(key))
		return tags, err
	}
	value, err := s.text()
	if err != nil {
		return tags, err
	}
	if err := s.spend(costOfTag(len(tags))); err != nil {
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
