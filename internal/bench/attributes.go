package main

import (
	"fmt"
	"math/rand/v2"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

var names = func() []string {
	parts := []string{
		"requests", "errors", "retries", "duration.total", "cpu.time", "io.wait.time",
		"connections.open", "queue.utilization", "request.duration", "response.size",
	}
	var names []string
	for _, side := range []string{"shop.server", "shop.client"} {
		for _, part := range parts {
			names = append(names, side+"."+part)
		}
	}
	return names
}()

var resourceAttributes = resource.NewSchemaless(
	attribute.String("service.name", "shop-frontend"),
	attribute.String("service.namespace", "retail"),
	attribute.String("service.version", "2.14.3"),
	attribute.String("service.instance.id", "5b3f7a52-9c1e-4a55"),
	attribute.String("deployment.environment", "production"),
	attribute.String("host.name", "node-17"),
	attribute.String("k8s.pod.name", "shop-6d8f9c7b5-x2x8q"),
	attribute.String("cloud.region", "eu-central-1"),
)

// ownAttributes makes a set that no other i has.
func ownAttributes(r *rand.Rand, i int) attribute.Set {
	return attribute.NewSet(
		attribute.String("http.request.method", methods[r.IntN(len(methods))]),
		attribute.String("http.route", routes[r.IntN(len(routes))]),
		attribute.Int("http.response.status_code", statuses[r.IntN(len(statuses))]),
		attribute.String("server.address", servers[r.IntN(len(servers))]),
		attribute.String("customer.id", fmt.Sprintf("c-%07d", i*7_654_321%10_000_000)),
	)
}

var (
	methods  = []string{"GET", "POST", "PUT", "DELETE", "PATCH"}
	statuses = []int{200, 201, 204, 301, 400, 404, 429, 500, 503}
	routes   = numbered("/items/%02d/{id}", 40)
	servers  = numbered("backend-%02d.internal", 20)
)

func numbered(format string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}
