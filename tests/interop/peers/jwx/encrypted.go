package main

import (
	"encoding/base64"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
)

func encrypt(asked command) (any, error) {
	payload, err := base64.RawURLEncoding.DecodeString(asked.Payload)
	if err != nil {
		return nil, err
	}
	encryption, err := contentEncryption(fmt.Sprint(asked.Header["enc"]))
	if err != nil {
		return nil, err
	}
	options := []jwe.EncryptOption{
		jwe.WithContentEncryption(encryption),
		jwe.WithLegacyHeaderMerging(false), // or a flattened document says the same in two headers
	}
	switch asked.Form {
	case "flattened", "general":
		options = append(options, jwe.WithJSON())
	case "additional_data":
		apart, err := base64.RawURLEncoding.DecodeString(asked.AdditionalData)
		if err != nil {
			return nil, err
		}
		options = append(options, jwe.WithJSON(), jwe.WithAuthenticateData(apart))
	case "compressed":
		options = append(options, jwe.WithCompress(jwa.Deflate()))
	}
	if cty, is := asked.Header["cty"]; is {
		header := jwe.NewHeaders()
		if err := header.Set("cty", cty); err != nil {
			return nil, err
		}
		options = append(options, jwe.WithProtectedHeaders(header))
	}
	for _, recipient := range asked.Recipients {
		algorithm, err := keyEncryption(fmt.Sprint(recipient.Header["alg"]))
		if err != nil {
			return nil, err
		}
		public, err := readKey(recipient.Key)
		if err != nil {
			return nil, err
		}
		options = append(options, jwe.WithKey(algorithm, public))
	}
	token, err := jwe.Encrypt(payload, options...)
	if err != nil {
		return nil, err
	}
	return written(token), nil
}

func decrypt(asked command) (any, error) {
	known := asked.Keys[asked.Which]
	algorithm, err := keyEncryption(known.Alg)
	if err != nil {
		return nil, err
	}
	if _, err := contentEncryption(asked.Enc); err != nil {
		return nil, err
	}
	private, err := readKey(known.Key)
	if err != nil {
		return nil, err
	}
	payload, err := jwe.Decrypt(text(asked.Token), jwe.WithKey(algorithm, private))
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": base64.RawURLEncoding.EncodeToString(payload)}, nil
}

func keyEncryption(name string) (jwa.KeyEncryptionAlgorithm, error) {
	algorithm, known := jwa.LookupKeyEncryptionAlgorithm(name)
	if !known {
		return algorithm, notOffered("has no key encryption " + name)
	}
	return algorithm, nil
}

func contentEncryption(name string) (jwa.ContentEncryptionAlgorithm, error) {
	algorithm, known := jwa.LookupContentEncryptionAlgorithm(name)
	if !known {
		return algorithm, notOffered("has no content encryption " + name)
	}
	return algorithm, nil
}
