// Command schema writes a JSON Schema of batch/v1 CronJob for kubeconform, made from the Go types of k8s.io/api, with
// every unknown field refused. So the comparison needs neither a cluster nor the network.
//
// It is kinder to kubeconform than the strict schemas that it fetches by default: no descriptions, each type written
// once (under "definitions") instead of wherever it is used, and no "$schema", whose later draft takes kubeconform
// longer to compile than the draft that it assumes. Together they make its start several times as quick.
//
//	schema > cronjob-batch-v1.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

type schema map[string]any

// Types that write their own JSON, so that their fields say nothing about it.
var written = map[reflect.Type]schema{
	reflect.TypeFor[metav1.Time]():        {"type": "string", "format": "date-time"},
	reflect.TypeFor[metav1.MicroTime]():   {"type": "string", "format": "date-time"},
	reflect.TypeFor[metav1.FieldsV1]():    {"type": "object"},
	reflect.TypeFor[resource.Quantity]():  {"type": []string{"string", "number"}},
	reflect.TypeFor[intstr.IntOrString](): {"type": []string{"string", "integer"}},
}

// Structs by name, so that a type used in many places is written and compiled once.
var definitions = schema{}

func main() {
	kind := reflect.TypeFor[batchv1.CronJob]()
	of(kind)
	root := definitions[kind.String()].(schema)
	properties := root["properties"].(schema)
	properties["apiVersion"] = schema{"type": "string", "enum": []string{"batch/v1"}}
	properties["kind"] = schema{"type": "string", "enum": []string{"CronJob"}}
	root["definitions"] = definitions
	delete(definitions, kind.String())
	if err := json.NewEncoder(os.Stdout).Encode(root); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func of(kind reflect.Type) schema {
	if known, ok := written[kind]; ok {
		return known
	}
	switch kind.Kind() {
	case reflect.Pointer:
		return of(kind.Elem())
	case reflect.Struct:
		reference := schema{"$ref": "#/definitions/" + kind.String()}
		if _, known := definitions[kind.String()]; known {
			return reference
		}
		definitions[kind.String()] = nil // until its fields are known, should one of them lead back here
		properties, required := schema{}, []string{}
		fields(kind, properties, &required)
		object := schema{"type": "object", "properties": properties, "additionalProperties": false}
		if len(required) > 0 {
			object["required"] = required
		}
		definitions[kind.String()] = object
		return reference
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": of(kind.Elem())}
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "format": "byte"}
		}
		return schema{"type": "array", "items": of(kind.Elem())}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	}
	panic("no schema for " + kind.String())
}

func fields(kind reflect.Type, properties schema, required *[]string) {
	for _, field := range reflect.VisibleFields(kind) {
		if len(field.Index) > 1 {
			continue // of an embedded struct, which is walked on its own
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			fields(field.Type, properties, required)
			continue
		}
		properties[name] = of(field.Type)
		if !strings.Contains(options, "omit") {
			*required = append(*required, name)
		}
	}
}
