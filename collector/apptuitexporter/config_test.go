package apptuitexporter

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/env"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configcompression"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func TestDefaultConfigIsOfTheForm(t *testing.T) {
	checkConfigStruct(t, createDefaultConfig())
}

func configOf(t *testing.T, conf *confmap.Conf) *Config {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if err := conf.Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func loaded(t *testing.T, name string) *Config {
	t.Helper()
	conf, err := confmaptest.LoadConf("testdata/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := conf.Sub(name)
	if err != nil {
		t.Fatal(err)
	}
	cfg := configOf(t, sub)
	if err := confmap.Validate(cfg); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return cfg
}

func TestConfig(t *testing.T) {
	least := loaded(t, "apptuit")
	want := createDefaultConfig().(*Config)
	want.Token = "a-good-token"
	if got, want := least.transform(), want.transform(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if least.endpoint() != "https://api.apptuit.ai" || least.maxTags() != 25 || least.ClientConfig.Timeout != 30*time.Second {
		t.Errorf("%s, %d tags, %s", least.endpoint(), least.maxTags(), least.ClientConfig.Timeout)
	}

	all := loaded(t, "apptuit/all")
	made := all.transform()
	if made.Prefix != "shop_" || !made.UnitSuffixes || made.MaxTags != 12 || !made.Buckets || !made.Summary || len(made.CodeTags) != 1 {
		t.Errorf("%+v", made)
	}
	queue := all.QueueConfig.Get()
	if queue.QueueSize != 5000 || *queue.StorageID != component.MustNewID("file_storage") || !queue.Batch.HasValue() {
		t.Errorf("%+v", queue)
	}
	if all.RetryConfig.MaxElapsedTime != 0 || !all.RetryConfig.Enabled || all.ClientConfig.Compression != configcompression.TypeZlib {
		t.Errorf("%+v", all.RetryConfig)
	}
	for key, want := range map[string]bool{"service.name": true, "k8s.pod.name": true, "service.namespace": false} {
		if got := matches(all.IncludeResourceAttributes[0], key) || matches(all.IncludeResourceAttributes[1], key); got != want {
			t.Errorf("%s: %t", key, got)
		}
	}
	local := loaded(t, "apptuit/local")
	if local.endpoint() != "http://localhost:4242" || local.maxTags() != 29 {
		t.Errorf("%s, %d tags", local.endpoint(), local.maxTags())
	}
	loaded(t, "apptuit/auth")
	loaded(t, "apptuit/header")
}

func TestWrongConfigs(t *testing.T) {
	conf, err := confmaptest.LoadConf("testdata/wrong.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, entry := range conf.ToStringMap() {
		t.Run(name, func(t *testing.T) {
			want := entry.(map[string]any)["want"].(string)
			given, _ := entry.(map[string]any)["config"].(map[string]any)
			err := confmap.Validate(configOf(t, confmap.NewFromStringMap(given)))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
			if err != nil && (strings.Contains(err.Error(), "APPTUIT_") || strings.Contains(err.Error(), "With")) {
				t.Errorf("the error is in the words of the SDK exporter: %v", err)
			}
		})
	}
}

// No variable takes part.
func TestNoVariables(t *testing.T) {
	for _, v := range env.Variables {
		t.Setenv(v.Name, "a wrong value")
	}
	cfg := createDefaultConfig().(*Config)
	cfg.Token = "a-good-token"
	if err := confmap.Validate(cfg); err != nil {
		t.Error(err)
	}
}

func TestUnknownSetting(t *testing.T) {
	cfg := createDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"tokens": "x"}).Unmarshal(cfg); err == nil {
		t.Error("a setting that there is not was taken")
	}
}
