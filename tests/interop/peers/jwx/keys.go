package main

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

func export(asked command) (any, error) {
	read, err := readKey(asked.Key)
	if err != nil {
		return nil, err
	}
	if asked.As == "jwk" {
		return map[string]any{"key": read}, nil
	}
	pem, err := jwk.Pem(read)
	if err != nil {
		return nil, missing(err)
	}
	return map[string]any{"key": string(pem)}, nil
}

func thumbprint(asked command) (any, error) {
	read, err := readKey(asked.Key)
	if err != nil {
		return nil, err
	}
	digest, err := read.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return map[string]any{"thumbprint": base64.RawURLEncoding.EncodeToString(digest)}, nil
}

func readKey(from key) (jwk.Key, error) {
	read, err := parse(from)
	if err == nil {
		var raw any
		err = jwk.Export(read, &raw)
	}
	return read, missing(err)
}

func parse(from key) (jwk.Key, error) {
	if from.JWK == nil {
		return jwk.ParseKey([]byte(from.PEM), jwk.WithPEM(true))
	}
	var named struct{ Kty string }
	if err := json.Unmarshal(from.JWK, &named); err != nil {
		return nil, err
	}
	if _, known := jwa.LookupKeyType(named.Kty); !known {
		return nil, notOffered("has no key type " + named.Kty)
	}
	return jwk.ParseKey(from.JWK)
}

// missing tells what the module and Go do not know from what is broken.
func missing(err error) error {
	if err == nil {
		return nil
	}
	for _, said := range []string{"unknown", "unsupported", "invalid curve algorithm", "invalid key algorithm"} {
		if strings.Contains(err.Error(), said) {
			return notOffered(err.Error())
		}
	}
	return err
}
