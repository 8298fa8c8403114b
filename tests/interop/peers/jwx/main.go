// The module lestrrat-go/jwx as the other party. What the commands are stands in tests/interop/protocol.py.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwe"
)

// It accepts 10,000 rounds of a password unless it is told otherwise; we write 600,000.
const maxRounds = 1_200_000

type key struct {
	PEM string          `json:"pem"`
	JWK json.RawMessage `json:"jwk"`
}

type party struct {
	Key    key
	Alg    string
	Header map[string]any
}

type command struct {
	Do             string
	Form           string
	Token          json.RawMessage
	Payload        string
	Signers        []party
	Recipients     []party
	Keys           []party
	Which          int
	Header         map[string]any
	Enc            string
	AdditionalData string `json:"additional_data"`
	Key            key
	As             string
	Private        bool
}

type notOffered string

func (why notOffered) Error() string { return string(why) }

var answers = map[string]func(command) (any, error){
	"about":      about,
	"sign":       sign,
	"verify":     verify,
	"encrypt":    encrypt,
	"decrypt":    decrypt,
	"export":     export,
	"thumbprint": thumbprint,
}

func main() {
	jwe.Settings(jwe.WithMaxPBES2Count(maxRounds))
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		result, err := answer(lines.Bytes())
		name, value := "ok", result
		if why, is := err.(notOffered); is {
			name, value = "not_offered", string(why)
		} else if err != nil {
			name, value = "refused", err.Error()
		}
		if err := out.Encode(map[string]any{name: value}); err != nil {
			panic(err)
		}
	}
}

func answer(line []byte) (any, error) {
	var asked command
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	do, known := answers[asked.Do]
	if !known {
		return nil, notOffered("has no way to " + asked.Do)
	}
	return do(asked)
}

func about(command) (any, error) {
	versions := map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")}
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == "github.com/lestrrat-go/jwx/v3" {
				versions["lestrrat-go/jwx"] = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return map[string]any{"versions": versions, "key_forms": []string{"jwk", "pem"}}, nil
}

// text gives a compact token as it is, and a document as its JSON.
func text(token json.RawMessage) []byte {
	var compact string
	if json.Unmarshal(token, &compact) == nil {
		return []byte(compact)
	}
	return token
}

// written gives a compact token as text, and a document as what it is.
func written(token []byte) any {
	if len(token) > 0 && token[0] == '{' {
		return map[string]any{"token": json.RawMessage(token)}
	}
	return map[string]any{"token": string(token)}
}
