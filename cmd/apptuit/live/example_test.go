package live_test

import (
	"bufio"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/live"
)

// A store in memory and its page, on one address.
func ExampleHandler() {
	store := apptuittest.NewUnstartedServer()
	store.SetFront(live.Handler(store))
	store.Start() // open store.URL in a browser
	defer store.Close()

	page, err := http.Get(store.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer page.Body.Close()
	fmt.Println(page.Status, page.Header.Get("Content-Type"))

	events, err := http.Get(store.URL + "/events") // what the page listens to
	if err != nil {
		log.Fatal(err)
	}
	defer events.Body.Close()
	for lines := bufio.NewScanner(events.Body); lines.Scan(); {
		if kind, found := strings.CutPrefix(lines.Text(), "event: "); found {
			fmt.Println(kind)
			break
		}
	}
	// Output:
	// 200 OK text/html; charset=utf-8
	// hello
}
