package answer

import "bytes"

// Fields calls field for each field, which has to take its value. The name is one
// of those known, or nothing. A null has no fields.
func (d *Decoder) Fields(field func(name string) error) error {
	return d.list('{', '}', "an object", func() error {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := d.Take(':', "a colon"); err != nil {
			return err
		}
		return field(name)
	})
}

// Object is fields with every name as it is.
func (d *Decoder) Object(field func(name string) error) error {
	return d.list('{', '}', "an object", func() error {
		name, err := d.Text()
		if err != nil {
			return err
		}
		if err := d.Take(':', "a colon"); err != nil {
			return err
		}
		return field(name)
	})
}

// Array calls element for each element, which has to take it. A null has none.
func (d *Decoder) Array(element func() error) error {
	return d.list('[', ']', "an array", element)
}

func (d *Decoder) list(begin, end byte, what string, item func() error) error {
	if null, err := d.Null(); null || err != nil {
		return err
	}
	if err := d.Take(begin, what); err != nil {
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return d.Expected("less nesting")
	}
	if c, err := d.Peek(); err != nil || c == end {
		return d.leave(err)
	}
	for {
		if err := item(); err != nil {
			return err
		}
		c, err := d.Peek()
		if err != nil || c == end {
			return d.leave(err)
		}
		if c != ',' {
			return d.Expected("a comma, or the end of " + what + ",")
		}
		d.pos++
	}
}

// leave takes the end of a list, unless there was an error.
func (d *Decoder) leave(err error) error {
	if err == nil {
		d.depth--
		d.pos++
	}
	return err
}

// TextOrNull takes a string; a null is an empty one.
func (d *Decoder) TextOrNull() (string, error) {
	if null, err := d.Null(); null || err != nil {
		return "", err
	}
	return d.Text()
}

// raw takes a value and returns its JSON.
func (d *Decoder) raw() ([]byte, error) {
	if _, err := d.Peek(); err != nil {
		return nil, err
	}
	d.mark = d.pos
	err := d.Skip()
	text := d.buf[d.mark:d.pos]
	d.mark = -1
	if err != nil {
		return nil, err
	}
	if err := d.Spend(textCost(len(text))); err != nil {
		return nil, err
	}
	return bytes.Clone(text), nil
}

// Skip takes a value of any kind.
func (d *Decoder) Skip() error {
	c, err := d.Peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return d.list('{', '}', "an object", d.skipField)
	case '[':
		return d.Array(d.Skip)
	case '"':
		return d.skipText()
	case 'n':
		return d.Literal("null")
	case 't':
		return d.Literal("true")
	case 'f':
		return d.Literal("false")
	}
	return d.skipNumber()
}

func (d *Decoder) skipField() error {
	if err := d.Take('"', "a string"); err != nil {
		return err
	}
	if err := d.restOfText(); err != nil {
		return err
	}
	if err := d.Take(':', "a colon"); err != nil {
		return err
	}
	return d.Skip()
}
