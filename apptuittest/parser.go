package apptuittest

import "slices"

// A fetch is one expression of a query, and the output that it gives.
type fetch struct {
	id      string // the name it was given, else the metric
	named   bool
	metric  string
	filters []filter
	steps   []downsample
}

// A parser reads a query by recursive descent; the grammar is in doc.go. Its
// first error stays: every token after it is the end of the text, so that all
// loops end.
type parser struct {
	lexer lexer
	token token // the next one, not yet taken
	err   error

	fetches []fetch
	filters int     // of all fetches
	steps   int     // too
	output  []token // the names of the output statement
}

// parseQuery returns the outputs that a query asks for, in their order. The
// error is a *queryError.
func parseQuery(text string) ([]fetch, error) {
	p := &parser{lexer: lexer{text: text}}
	p.advance()
	p.statement()
	for p.accept(";") {
		if p.token.kind != tokenEnd { // a last semicolon may end the query
			p.statement()
		}
	}
	if p.token.kind != tokenEnd {
		p.unexpected(p.token, "';' or the end")
	}
	outputs := p.outputs()
	if p.err != nil {
		return nil, p.err
	}
	return outputs, nil
}

// outputs returns what the output statement names; without one, all fetches.
func (p *parser) outputs() []fetch {
	if p.output == nil {
		return p.fetches
	}
	var outputs []fetch
	for _, name := range p.output {
		i := p.index(name.text)
		if i < 0 {
			p.fail(name.at, "the output '%s' is not defined", name.text)
			return nil
		}
		outputs = append(outputs, p.fetches[i])
	}
	return outputs
}

// index returns where a named fetch is, or -1.
func (p *parser) index(name string) int {
	return slices.IndexFunc(p.fetches, func(f fetch) bool { return f.named && f.id == name })
}

func (p *parser) statement() {
	name := p.take(tokenName, "fetch, output or a name")
	switch {
	case p.accept("="):
		p.define(name)
	case name.text == "fetch":
		p.fetches = append(p.fetches, p.fetch())
	case name.text == "output":
		p.outputStatement(name)
	default:
		p.unexpected(name, "fetch, output or a name with '='")
	}
}

func (p *parser) define(name token) {
	if p.index(name.text) >= 0 {
		p.fail(name.at, "'%s' is defined a second time", name.text)
	}
	if keyword := p.take(tokenName, "fetch"); keyword.text != "fetch" {
		p.unexpected(keyword, "fetch")
	}
	f := p.fetch()
	f.id, f.named = name.text, true
	p.fetches = append(p.fetches, f)
}

func (p *parser) outputStatement(keyword token) {
	if p.output != nil {
		p.fail(keyword.at, "there is a second output statement")
	}
	p.expect("(")
	p.output = append(p.output, p.take(tokenName, "a name"))
	for p.accept(",") {
		p.output = append(p.output, p.take(tokenName, "a name"))
	}
	p.expect(")")
}

// fetch reads what follows the word.
func (p *parser) fetch() fetch {
	p.expect("(")
	metric := p.take(tokenString, "a metric in quotes")
	f := fetch{id: metric.text, metric: metric.text}
	for p.accept(",") {
		f.filters = append(f.filters, p.filter())
	}
	p.expect(")")
	for p.accept(".") {
		f.steps = append(f.steps, p.downsample())
	}
	return f
}

func (p *parser) filter() filter {
	key := p.take(tokenString, "a tag key in quotes")
	if p.filters++; p.filters > maxFilters {
		p.fail(key.at, "the query has more than %d filters", maxFilters)
	}
	op := p.token
	if !slices.ContainsFunc(operators, p.accept) {
		p.unexpected(op, "= != =~ or !~")
	}
	value := p.take(tokenString, "a tag value in quotes")
	f, err := newFilter(key.text, op.text, value.text)
	if err != nil {
		p.fail(value.at, "%v", err)
	}
	return f
}

func (p *parser) downsample() downsample {
	if p.steps++; p.steps > maxDownsamples {
		p.fail(p.token.at, "the query has more than %d downsamples", maxDownsamples)
	}
	if name := p.take(tokenName, "downsample"); name.text != "downsample" {
		p.unexpected(name, "downsample")
	}
	p.expect("(")
	width := p.take(tokenString, "a duration in quotes")
	p.expect(",")
	function := p.take(tokenString, "a function in quotes")
	p.expect(")")
	d, err := newDownsample(width.text, function.text)
	if err != nil {
		p.fail(width.at, "%v", err)
	}
	return d
}
