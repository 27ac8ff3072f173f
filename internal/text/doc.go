// Package text makes foreign text fit for errors and logs.
package text
