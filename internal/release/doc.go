// Command release is what the Makefile runs where one line of shell is not
// enough: a command in each module of the repository, the rules of its go.mod
// files, the rehearsal of a release, and the release itself.
//
//	release each command...   runs it in each module, as its user gets it; -published and
//	                          -in DIR choose modules
//	release tidy [-write]     go mod tidy for each module; without -write it only compares
//	release check             versions, replace lines, go.work and the changelog agree
//	release rehearse          what users do with the tags, from empty modules
//	release api               what the public packages changed since the last tag
//	release write v0.2.0      rehearses that version, writes it, names the tags
//	release dist DIR TARGET.. the binaries of the command, each as go install makes it of the tag
//	release collector DIR     a Collector with our components, as its builder makes it of the tags
//	release fuzz 5m           every fuzz target of every module, one after the other
package main
