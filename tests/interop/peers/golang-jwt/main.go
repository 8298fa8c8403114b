// The module golang-jwt as the other party. What the commands are stands in tests/interop/protocol.py.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

type key struct {
	PEM    string          `json:"pem"`
	Secret string          `json:"secret"`
	Type   string          `json:"type"`
	JWK    json.RawMessage `json:"jwk"`
}

type command struct {
	Do      string
	Form    string
	Token   any
	Payload string
	Signers []struct {
		Key    key
		Header map[string]any
	}
	Keys []struct {
		Key key
		Alg string
	}
}

type notOffered string

func (why notOffered) Error() string { return string(why) }

func main() {
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
	switch asked.Do {
	case "about":
		return about(), nil
	case "sign":
		return sign(asked)
	case "verify":
		return verify(asked)
	}
	return nil, notOffered("has no way to " + asked.Do)
}

func about() any {
	versions := map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")}
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == "github.com/golang-jwt/jwt/v5" {
				versions["golang-jwt"] = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return map[string]any{"versions": versions, "key_forms": []string{"pem"}}
}

func sign(asked command) (any, error) {
	signer := asked.Signers[0]
	method, err := methodOf(asked.Form, fmt.Sprint(signer.Header["alg"]))
	if err != nil {
		return nil, err
	}
	private, err := readPrivate(signer.Key)
	if err != nil {
		return nil, err
	}
	payload, err := base64.RawURLEncoding.DecodeString(asked.Payload)
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, err
	}
	token := jwt.NewWithClaims(method, claims)
	for name, value := range signer.Header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(private)
	return map[string]any{"token": signed}, err
}

func verify(asked command) (any, error) {
	known := asked.Keys[0]
	if _, err := methodOf(asked.Form, known.Alg); err != nil {
		return nil, err
	}
	public, err := readPublic(known.Key)
	if err != nil {
		return nil, err
	}
	find := func(*jwt.Token) (any, error) { return public, nil }
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(fmt.Sprint(asked.Token), claims, find,
		jwt.WithValidMethods([]string{known.Alg}), jwt.WithStrictDecoding(), jwt.WithJSONNumber(),
		jwt.WithIssuer("https://id.example.com"), jwt.WithAudience("https://api.example.com"),
		jwt.WithExpirationRequired())
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(claims)
	return map[string]any{"payload": base64.RawURLEncoding.EncodeToString(payload)}, err
}

func methodOf(form, name string) (jwt.SigningMethod, error) {
	if form != "compact" {
		return nil, notOffered("has no form named " + form)
	}
	method := jwt.GetSigningMethod(name)
	if method == nil {
		return nil, notOffered("has no signing method " + name)
	}
	return method, nil
}

func readPrivate(from key) (any, error) {
	read, err := parsePrivate(from)
	return read, missing(err)
}

func parsePrivate(from key) (any, error) {
	switch {
	case from.JWK != nil:
		return nil, notOffered("reads no JWK")
	case from.Secret != "":
		return base64.RawURLEncoding.DecodeString(from.Secret)
	case from.Type == "RSA":
		return jwt.ParseRSAPrivateKeyFromPEM([]byte(from.PEM))
	case from.Type == "EC":
		return jwt.ParseECPrivateKeyFromPEM([]byte(from.PEM))
	}
	return jwt.ParseEdPrivateKeyFromPEM([]byte(from.PEM))
}

func readPublic(from key) (any, error) {
	read, err := parsePublic(from)
	return read, missing(err)
}

func parsePublic(from key) (any, error) {
	switch {
	case from.JWK != nil:
		return nil, notOffered("reads no JWK")
	case from.Secret != "":
		return base64.RawURLEncoding.DecodeString(from.Secret)
	case from.Type == "RSA":
		return jwt.ParseRSAPublicKeyFromPEM([]byte(from.PEM))
	case from.Type == "EC":
		return jwt.ParseECPublicKeyFromPEM([]byte(from.PEM))
	}
	return jwt.ParseEdPublicKeyFromPEM([]byte(from.PEM))
}

// missing tells what Go does not know from what is broken.
func missing(err error) error {
	if err != nil && strings.Contains(err.Error(), "unknown") {
		return notOffered(err.Error())
	}
	return err
}
