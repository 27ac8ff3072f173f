package env

// A Lookup finds variables, as os.LookupEnv does. The nil Lookup finds none.
type Lookup func(name string) (value string, ok bool)

// Get returns the value of a variable. An empty one is not set, as OpenTelemetry
// has it.
func (l Lookup) Get(name string) (value string, ok bool) {
	if l == nil {
		return "", false
	}
	value, ok = l(name)
	return value, ok && value != ""
}
