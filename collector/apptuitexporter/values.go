package apptuitexporter

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
)

// appendMap appends bytes that only equal attributes in the same order have.
func appendMap(b []byte, m pcommon.Map) []byte {
	b = binary.AppendUvarint(b, uint64(m.Len()))
	for key, value := range m.All() {
		b = appendText(b, key)
		b = appendValue(b, value)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v pcommon.Value) []byte {
	kind := v.Type()
	b = append(b, byte(kind))
	switch kind {
	case pcommon.ValueTypeStr:
		return appendText(b, v.Str())
	case pcommon.ValueTypeInt:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Int()))
	case pcommon.ValueTypeDouble:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Double()))
	case pcommon.ValueTypeBool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case pcommon.ValueTypeBytes:
		return appendText(b, string(v.Bytes().AsRaw()))
	case pcommon.ValueTypeSlice:
		b = binary.AppendUvarint(b, uint64(v.Slice().Len()))
		for _, item := range v.Slice().All() {
			b = appendValue(b, item)
		}
		return b
	case pcommon.ValueTypeMap:
		return appendMap(b, v.Map())
	}
	return b
}

// keyValues returns attributes as the SDK has them.
func keyValues(m pcommon.Map) []attribute.KeyValue {
	kvs := make([]attribute.KeyValue, 0, m.Len())
	for key, value := range m.All() {
		kvs = append(kvs, attribute.KeyValue{Key: attribute.Key(key), Value: valueOf(value)})
	}
	return kvs
}

func valueOf(v pcommon.Value) attribute.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return attribute.StringValue(v.Str())
	case pcommon.ValueTypeInt:
		return attribute.Int64Value(v.Int())
	case pcommon.ValueTypeDouble:
		return attribute.Float64Value(v.Double())
	case pcommon.ValueTypeBool:
		return attribute.BoolValue(v.Bool())
	case pcommon.ValueTypeBytes:
		return attribute.ByteSliceValue(v.Bytes().AsRaw())
	case pcommon.ValueTypeSlice:
		return sliceOf(v.Slice())
	case pcommon.ValueTypeMap:
		return attribute.MapValue(keyValues(v.Map())...)
	}
	return attribute.Value{}
}

// sliceOf returns values of one type as the slice of that type.
func sliceOf(s pcommon.Slice) attribute.Value {
	if s.Len() == 0 {
		return attribute.SliceValue()
	}
	kind := s.At(0).Type()
	values := make([]attribute.Value, 0, s.Len())
	for _, item := range s.All() {
		values = append(values, valueOf(item))
		if item.Type() != kind {
			kind = pcommon.ValueTypeEmpty
		}
	}
	switch kind {
	case pcommon.ValueTypeStr:
		return attribute.StringSliceValue(all(values, attribute.Value.AsString))
	case pcommon.ValueTypeInt:
		return attribute.Int64SliceValue(all(values, attribute.Value.AsInt64))
	case pcommon.ValueTypeDouble:
		return attribute.Float64SliceValue(all(values, attribute.Value.AsFloat64))
	case pcommon.ValueTypeBool:
		return attribute.BoolSliceValue(all(values, attribute.Value.AsBool))
	}
	return attribute.SliceValue(values...)
}

func all[T any](values []attribute.Value, as func(attribute.Value) T) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = as(v)
	}
	return out
}
