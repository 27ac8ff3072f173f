// Package intake reads points in the forms that this command and others write.
//
// A Reader gives one record after the other: a line, a row, a series. What is
// wrong with a record costs that record alone. Read intake.go first; each form has
// a file of its own.
package intake
