// Package env has the names of the APPTUIT_ variables and reads them. Read
// names.go, the table of all of them, and parse.go, the notations of values.
//
// No error repeats a value, for it may be a secret in the wrong place.
package env
