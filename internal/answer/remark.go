package answer

import "encoding/json"

// Hints takes a list of remarks, or one alone: strings, and what is none as its JSON.
func (d *Decoder) Hints() (hints []string, err error) {
	c, err := d.Peek()
	if err != nil {
		return nil, err
	}
	add := func() error {
		c, err := d.Peek()
		if err != nil {
			return err
		}
		var hint string
		if c == '"' {
			hint, err = d.Text()
		} else {
			var text []byte
			text, err = d.raw()
			hint = string(text)
		}
		if err != nil {
			return err
		}
		hints, err = Push(d, hints, hint)
		return err
	}
	if c == '[' || c == 'n' {
		err = d.Array(add)
	} else {
		err = add()
	}
	return hints, err
}

// Remark returns a value as it is. Where it is an object, field gets the fields of
// it that are known.
func (d *Decoder) Remark(field func(name string, value []byte)) (json.RawMessage, error) {
	text, err := d.raw()
	if err != nil {
		return nil, err
	}
	if err := d.Spend(textCost(len(text))); err != nil { // a field of it may be all of it
		return nil, err
	}
	in := &Decoder{source: sourceOf(text, d.budget), strings: d.strings}
	_ = in.Fields(func(name string) error { // it is valid, but may be no object
		if _, err := in.Peek(); err != nil {
			return err
		}
		begin := in.pos
		err := in.Skip()
		if err == nil && name != "" {
			field(name, in.buf[begin:in.pos])
		}
		return err
	})
	return text, nil
}
