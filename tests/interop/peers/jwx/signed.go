package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
)

func sign(asked command) (any, error) {
	payload, err := base64.RawURLEncoding.DecodeString(asked.Payload)
	if err != nil {
		return nil, err
	}
	apart, options := payload, []jws.SignOption{}
	switch asked.Form {
	case "flattened", "general":
		options = append(options, jws.WithJSON())
	case "flattened_unencoded": // it puts no dots in such a document, so the payload is put in here
		options = append(options, jws.WithJSON(), jws.WithDetachedPayload(apart))
		payload = nil
	case "detached", "unencoded":
		options = append(options, jws.WithDetachedPayload(apart))
		payload = nil
	case "compact":
	default:
		return nil, notOffered("has no form named " + asked.Form)
	}
	for _, signer := range asked.Signers {
		algorithm, err := signatureAlgorithm(fmt.Sprint(signer.Header["alg"]))
		if err != nil {
			return nil, err
		}
		private, err := readKey(signer.Key)
		if err != nil {
			return nil, err
		}
		header := jws.NewHeaders()
		for name, value := range signer.Header {
			if name == "alg" {
				continue
			}
			if name == "crit" {
				value = []string{"b64"}
			}
			if err := header.Set(name, value); err != nil {
				return nil, err
			}
		}
		options = append(options, jws.WithKey(algorithm, private, jws.WithProtectedHeaders(header)))
	}
	token, err := jws.Sign(payload, options...)
	if err != nil {
		return nil, err
	}
	if asked.Form == "flattened_unencoded" {
		document := map[string]any{}
		err := json.Unmarshal(token, &document)
		document["payload"] = string(apart)
		return map[string]any{"token": document}, err
	}
	return written(token), nil
}

func verify(asked command) (any, error) {
	known := asked.Keys[asked.Which]
	algorithm, err := signatureAlgorithm(known.Alg)
	if err != nil {
		return nil, err
	}
	public, err := readKey(known.Key)
	if err != nil {
		return nil, err
	}
	options := []jws.VerifyOption{jws.WithKey(algorithm, public)}
	if asked.Form == "detached" || asked.Form == "unencoded" {
		apart, err := base64.RawURLEncoding.DecodeString(asked.Payload)
		if err != nil {
			return nil, err
		}
		options = append(options, jws.WithDetachedPayload(apart))
	}
	payload, err := jws.Verify(text(asked.Token), options...)
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": base64.RawURLEncoding.EncodeToString(payload)}, nil
}

func signatureAlgorithm(name string) (jwa.SignatureAlgorithm, error) {
	algorithm, known := jwa.LookupSignatureAlgorithm(name)
	if !known {
		return algorithm, notOffered("has no signature algorithm " + name)
	}
	return algorithm, nil
}
