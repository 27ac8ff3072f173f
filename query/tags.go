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

func (s *scanner) tags() (tags map[string]string, err error) {
	err = s.object(func(key string) (err error) {
		tags, err = s.tag(tags, key)
		return err
	})
	return tags, err
}

// tag takes the value of a tag. One that is null is not there.
func (s *scanner) tag(tags map[string]string, key string) (map[string]string, error) {
	if null, err := s.null(); null || err != nil {
		delete(tags, key)
		return tags, err
	}
	value, err := s.text()
	if err != nil {
		return tags, err
	}
	return s.addTag(tags, key, value)
}

func (s *scanner) addTag(tags map[string]string, key, value string) (map[string]string, error) {
	if err := s.spend(costOfTag(len(tags))); err != nil {
		return tags, err
	}
	if tags == nil {
		tags = make(map[string]string)
	}
	tags[key] = value
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
