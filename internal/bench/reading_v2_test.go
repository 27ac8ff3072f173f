//go:build goexperiment.jsonv2

package main

import (
	jsonv2 "encoding/json/v2"
	"testing"
)

func init() {
	readers["encoding/json/v2"] = func(_ *testing.B, text []byte) func() error {
		return func() error { return jsonv2.Unmarshal(text, &structs{}) }
	}
}
