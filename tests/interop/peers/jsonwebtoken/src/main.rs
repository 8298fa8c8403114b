//! The crate jsonwebtoken as the other party. What the commands are stands in tests/interop/protocol.py.

use std::io::{BufRead, Write, stdin, stdout};
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, jws};
use serde_json::{Value, json};

const LOCK: &str = include_str!("../Cargo.lock");

enum Failure {
    NotOffered(String),
    Refused(String),
}

type Answer = Result<Value, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
                Failure::NotOffered(error.to_string())
            }
            _ => Failure::Refused(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Refused(error.to_string())
    }
}

impl From<base64::DecodeError> for Failure {
    fn from(error: base64::DecodeError) -> Self {
        Failure::Refused(error.to_string())
    }
}

fn main() {
    for line in stdin().lock().lines() {
        let command: Value = serde_json::from_str(&line.expect("a line")).expect("a command");
        let answer = match answer(&command) {
            Ok(result) => json!({ "ok": result }),
            Err(Failure::NotOffered(why)) => json!({ "not_offered": why }),
            Err(Failure::Refused(why)) => json!({ "refused": why }),
        };
        let mut out = stdout().lock();
        writeln!(out, "{answer}")
            .and_then(|()| out.flush())
            .expect("somebody who listens");
    }
}

fn answer(command: &Value) -> Answer {
    match text(&command["do"]) {
        "about" => Ok(json!({
            "versions": { "jsonwebtoken": version() },
            "key_forms": ["pem", "jwk"],
        })),
        "sign" => sign(command),
        "verify" => verify(command),
        "export" => export(command),
        "thumbprint" => {
            let jwk = read_jwk(&command["key"]["jwk"])?;
            Ok(json!({ "thumbprint": jwk.thumbprint(ThumbprintHash::SHA256)? }))
        }
        other => Err(Failure::NotOffered(format!("has no way to {other}"))),
    }
}

/// What the lock file says was built in.
fn version() -> &'static str {
    let (_, rest) = LOCK
        .split_once("name = \"jsonwebtoken\"\nversion = \"")
        .expect("a version");
    rest.split('"').next().unwrap_or_default()
}

fn sign(command: &Value) -> Answer {
    let signer = &command["signers"][0];
    let algorithm = Algorithm::from_str(text(&signer["header"]["alg"]))?;
    let mut header = Header::new(algorithm);
    header.typ = signer["header"]["typ"].as_str().map(str::to_owned);
    header.kid = signer["header"]["kid"].as_str().map(str::to_owned);
    let key = encoding_key(&signer["key"], algorithm)?;
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text(&command["payload"]))?)?;
    match text(&command["form"]) {
        "compact" => Ok(json!({ "token": jsonwebtoken::encode(&header, &claims, &key)? })),
        "flattened" => Ok(json!({ "token": jws::encode(&header, Some(&claims), &key)? })),
        form => Err(no_form(form)),
    }
}

fn verify(command: &Value) -> Answer {
    let known = &command["keys"][0];
    let algorithm = Algorithm::from_str(text(&known["alg"]))?;
    let key = decoding_key(&known["key"], algorithm)?;
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&["https://api.example.com"]);
    validation.set_issuer(&["https://id.example.com"]);
    let claims: Value = match text(&command["form"]) {
        "compact" => jsonwebtoken::decode(text(&command["token"]), &key, &validation)?.claims,
        "flattened" => {
            let token: jws::Jws<Value> = serde_json::from_value(command["token"].clone())?;
            jws::decode(&token, &key, &validation)?.claims
        }
        form => return Err(no_form(form)),
    };
    Ok(json!({ "payload": URL_SAFE_NO_PAD.encode(claims.to_string()) }))
}

/// The crate writes the public half of a key, as a JWK; it reads no private JWK and writes no PEM.
fn export(command: &Value) -> Answer {
    let algorithm = Algorithm::from_str(match text(&command["alg"]) {
        "Ed25519" => "EdDSA", // it knows the older name alone
        name => name,
    })?;
    let is_secret = algorithm.family() == AlgorithmFamily::Hmac;
    if text(&command["as"]) == "pem" {
        return Err(Failure::NotOffered("writes no PEM".into()));
    }
    if command["private"] == true && !is_secret {
        return Err(Failure::NotOffered("writes no private key".into()));
    }
    let key = decoding_key(&command["key"], algorithm)?;
    Ok(json!({ "key": Jwk::from_decoding_key(&key, Some(algorithm))? }))
}

fn encoding_key(key: &Value, algorithm: Algorithm) -> Result<EncodingKey, Failure> {
    if let Some(secret) = key["secret"].as_str() {
        return Ok(EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(secret)?));
    }
    if key["jwk"].is_object() {
        return Err(Failure::NotOffered("reads no private JWK".into()));
    }
    let pem = text(&key["pem"]).as_bytes();
    Ok(match algorithm.family() {
        AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pem)?,
        AlgorithmFamily::Ec => EncodingKey::from_ec_pem(pem)?,
        _ => {
            EncodingKey::from_ed_pem(pem).map_err(|error| Failure::NotOffered(error.to_string()))?
        }
    })
}

fn decoding_key(key: &Value, algorithm: Algorithm) -> Result<DecodingKey, Failure> {
    if let Some(secret) = key["secret"].as_str() {
        return Ok(DecodingKey::from_secret(&URL_SAFE_NO_PAD.decode(secret)?));
    }
    if key["jwk"].is_object() {
        return Ok(DecodingKey::from_jwk(&read_jwk(&key["jwk"])?)?);
    }
    let pem = text(&key["pem"]).as_bytes();
    Ok(match algorithm.family() {
        AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem)?,
        AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem)?,
        _ => {
            DecodingKey::from_ed_pem(pem).map_err(|error| Failure::NotOffered(error.to_string()))?
        }
    })
}

fn read_jwk(jwk: &Value) -> Result<Jwk, Failure> {
    Ok(serde_json::from_value(jwk.clone())?)
}

fn no_form(form: &str) -> Failure {
    Failure::NotOffered(format!("has no form named {form}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
