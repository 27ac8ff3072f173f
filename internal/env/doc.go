// Package env has the names of the APPTUIT_ variables and reads them. Read
// env.go: the names, the lookup, and the notations of values.
//
// No error repeats a value, for it may be a secret in the wrong place.
package env
