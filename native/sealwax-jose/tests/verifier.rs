//! Whole tokens: the order of the checks, and the reason that is given.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use sealwax_jose::algorithm::Algorithm;
use sealwax_jose::base64url;
use sealwax_jose::json::Builder;
use sealwax_jose::jwk::Members;
use sealwax_jose::key::VerifyingKey;
use sealwax_jose::key_set::{Entry, KeySet};
use sealwax_jose::policy::Policy;
use sealwax_jose::refusal::{Reason, Stop};
use sealwax_jose::signer::{Signer, SigningKey, Unsigned};
use sealwax_jose::verifier::{MAX_TOKEN_SIZE_BYTES, Verifier};

const NOW: i64 = 1_800_000_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt","kid":"a"}"#;
const SECRET: [u8; 32] = *b"0123456789 a secret of 32 bytes.";

/// Sees to it that no name comes twice, and keeps nothing.
struct Nothing;

impl Builder for Nothing {
    type Value = ();
    type Key = String;
    type Object = HashSet<String>;
    type Array = ();
    type Error = Infallible;

    fn null(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn boolean(&mut self, _: bool) -> Result<(), Infallible> {
        Ok(())
    }
    fn integer(&mut self, _: i64) -> Result<(), Infallible> {
        Ok(())
    }
    fn wide_integer(&mut self, _: &str) -> Result<Option<()>, Infallible> {
        Ok(Some(()))
    }
    fn real(&mut self, _: f64) -> Result<(), Infallible> {
        Ok(())
    }
    fn text(&mut self, _: &str) -> Result<(), Infallible> {
        Ok(())
    }
    fn key(&mut self, text: &str) -> Result<String, Infallible> {
        Ok(text.to_owned())
    }
    fn object(&mut self) -> Result<HashSet<String>, Infallible> {
        Ok(HashSet::new())
    }
    fn array(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn insert(
        &mut self,
        into: &mut HashSet<String>,
        key: String,
        (): (),
    ) -> Result<(), Infallible> {
        into.insert(key);
        Ok(())
    }
    fn push(&mut self, (): &mut (), (): ()) -> Result<(), Infallible> {
        Ok(())
    }
    fn end_object(
        &mut self,
        names: HashSet<String>,
        members: usize,
    ) -> Result<Option<()>, Infallible> {
        Ok((names.len() == members).then_some(()))
    }
    fn end_array(&mut self, (): ()) -> Result<(), Infallible> {
        Ok(())
    }
}

fn encoded(data: &[u8]) -> String {
    let mut text = Vec::new();
    base64url::encode(data, &mut text);
    String::from_utf8(text).unwrap()
}

fn signed(header: &str, payload: &str) -> String {
    let members = Members::new(HashMap::from([("k".to_owned(), encoded(&SECRET))]));
    let key = SigningKey::from_members(Algorithm::Hs256, &members).unwrap();
    let mut token = Vec::new();
    Signer::new(key, header.as_bytes()).sign(payload.as_bytes(), &mut token).unwrap();
    String::from_utf8(token).unwrap()
}

fn verifier() -> Verifier<()> {
    let key = Arc::new(VerifyingKey::from_secret(&SECRET).unwrap());
    let entry = |kid: &str, algorithm, key| Entry {
        kid: Some(kid.to_owned()),
        algorithms: vec![algorithm],
        key,
    };
    let keys = KeySet::new(vec![
        entry("a", Algorithm::Hs256, Some(key)),
        entry("python's", Algorithm::Ed448, None),
        entry("twice", Algorithm::Hs256, None),
        entry("twice", Algorithm::Hs256, None),
    ]);
    let policy = Policy {
        issuer: "me".to_owned(),
        audiences: vec!["you".to_owned()],
        types: vec![Some("at+jwt".to_owned())],
        leeway_seconds: 10,
        max_age_seconds: Some(100),
        required_claims: vec!["tenant".to_owned()],
        scopes: vec!["read".to_owned(), "write".to_owned()],
    };
    Verifier::new(keys, vec![Algorithm::Hs256, Algorithm::Ed448], policy)
}

fn verdict(verifier: &Verifier<()>, token: &str) -> Result<(), Stop> {
    let opened = verifier.open(token.as_bytes())?;
    let judged = verifier.judge(&opened, NOW, &mut Nothing).map_err(|_| Reason::PayloadJson)?;
    Ok(judged.verdict?)
}

fn refused(token: &str) -> Reason {
    // A verifier that remembers the header has to say the same as one that has never seen it.
    let fresh = verdict(&verifier(), token);
    let experienced = verifier();
    verdict(&experienced, &signed(HEADER, &claims(&[]))).unwrap();
    assert_eq!(verdict(&experienced, token), fresh);
    match fresh {
        Err(Stop::Refused(reason)) => reason,
        other => panic!("{token}: {other:?}"),
    }
}

fn claims(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("iss", "\"me\"".to_owned()),
        ("aud", "\"you\"".to_owned()),
        ("exp", (NOW + 60).to_string()),
        ("iat", NOW.to_string()),
        ("tenant", "0".to_owned()),
        ("scope", "\"write read\"".to_owned()),
    ];
    for (name, value) in changes {
        members.retain(|(known, _)| known != name);
        members.push((name, (*value).to_owned()));
    }
    members.retain(|(_, value)| value != "-");
    let members: Vec<_> =
        members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn a_good_token_is_good_each_time() {
    let verifier = verifier();
    let token = signed(HEADER, &claims(&[]));
    for _ in 0..3 {
        assert_eq!(verdict(&verifier, &token), Ok(()));
    }
}

#[test]
fn the_form_of_a_token() {
    let good = signed(HEADER, &claims(&[]));
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = rest.split_once('.').unwrap();
    for (token, reason) in [
        (format!("{good}{}", "A".repeat(MAX_TOKEN_SIZE_BYTES)), Reason::TokenTooLarge),
        (format!("{good}="), Reason::TokenCharacters),
        (format!("{head}.{payload}+.{signature}"), Reason::TokenCharacters),
        (format!("{head}.+{}.{signature}", &payload[1..]), Reason::TokenCharacters),
        (format!("{head}.{payload}.{}!", &signature[1..]), Reason::TokenCharacters),
        (rest.to_owned(), Reason::TokenParts),
        (format!("{head}.{}.{}.{signature}", &payload[..9], &payload[10..]), Reason::TokenParts),
        (format!("a.{good}.b"), Reason::TokenIsEncrypted),
        (String::new(), Reason::TokenParts),
        (format!("A.{payload}.{signature}"), Reason::HeaderEncoding),
        (format!(".{payload}.{signature}"), Reason::HeaderJson),
        (format!("{head}.{payload}."), Reason::SignatureInvalid),
        (format!("{head}..{signature}"), Reason::SignatureInvalid),
        (format!("{head}.{payload}.A"), Reason::SignatureEncoding),
        (
            format!("{head}.{payload}.{}B", &signature[..signature.len() - 1]),
            Reason::SignatureEncoding,
        ),
        (
            format!("{head}.{payload}.{}", &signature[..signature.len() - 2]),
            Reason::SignatureEncoding,
        ),
        (format!("{head}.{}.{signature}", &payload[1..]), Reason::SignatureInvalid),
    ] {
        assert_eq!(refused(&token), reason, "{token}");
    }
}

#[test]
fn headers() {
    for (header, reason) in [
        ("[]", Reason::HeaderJson),
        (r#"{"alg":"HS256","alg":"HS256"}"#, Reason::HeaderJson),
        (r#"{"alg":"HS256","kid":"a","crit":[]}"#, Reason::CriticalExtension),
        (r#"{"alg":1,"b64":false,"crit":["b64"]}"#, Reason::CriticalExtension),
        (r#"{"alg":"HS256","kid":"a","b64":true}"#, Reason::UnencodedPayload),
        (r#"{"kid":"a"}"#, Reason::HeaderMember),
        (r#"{"alg":null}"#, Reason::HeaderMember),
        (r#"{"alg":"HS256","kid":7}"#, Reason::HeaderMember),
        (r#"{"alg":"HS256","kid":"a","cty":null}"#, Reason::HeaderMember),
        (r#"{"alg":"none","kid":"a"}"#, Reason::AlgorithmNotAllowed),
        (r#"{"alg":"ES256","kid":"a"}"#, Reason::AlgorithmNotAllowed),
        (r#"{"alg":"HS256","kid":"b"}"#, Reason::KeyUnknown),
        (r#"{"alg":"HS256","kid":"python's"}"#, Reason::KeyMismatch),
        (r#"{"alg":"EdDSA","kid":"a"}"#, Reason::KeyMismatch),
        (r#"{"alg":"HS256","kid":"twice"}"#, Reason::KeyAmbiguous),
        (r#"{"alg":"HS256"}"#, Reason::KeyAmbiguous),
        (r#"{"alg":"HS256","kid":"a"}"#, Reason::TypeMismatch),
        (r#"{"alg":"HS256","kid":"a","typ":"JWT"}"#, Reason::TypeMismatch),
    ] {
        assert_eq!(refused(&signed(header, &claims(&[]))), reason, "{header}");
    }
    let long = format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "ä".repeat(257));
    assert_eq!(refused(&signed(&long, "{}")), Reason::HeaderMember);
}

#[test]
fn what_is_left_to_python() {
    let numbers = format!(r#"{{"alg":"HS256","kid":"a","n":{}}}"#, "7".repeat(641));
    for header in [
        r#"{"alg":"Ed448","kid":"python's","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"python's","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","kid":"a","typ":"ÄT"}"#,
        &numbers,
    ] {
        let token = signed(header, &claims(&[]));
        assert_eq!(verdict(&verifier(), &token), Err(Stop::NotMine), "{header}");
    }
}

#[test]
fn types_are_compared_without_case_and_application() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"] {
        let header = HEADER.replace("at+jwt", typ);
        assert_eq!(verdict(&verifier(), &signed(&header, &claims(&[]))), Ok(()), "{typ}");
    }
}

#[test]
fn claims_that_are_refused() {
    for (name, value, reason) in [
        ("iss", "-", Reason::ClaimMissing),
        ("iss", "null", Reason::ClaimMissing),
        ("iss", "7", Reason::IssuerMismatch),
        ("iss", "\"Me\"", Reason::IssuerMismatch),
        ("aud", "-", Reason::ClaimMissing),
        ("aud", "\"other\"", Reason::AudienceMismatch),
        ("aud", "[\"other\"]", Reason::AudienceMismatch),
        ("aud", "[]", Reason::ClaimType),
        ("aud", "{}", Reason::ClaimType),
        ("aud", "[\"you\",1]", Reason::ClaimType),
        ("aud", "[\"you\",null]", Reason::ClaimType),
        ("exp", "-", Reason::ClaimMissing),
        ("exp", "null", Reason::ClaimType),
        ("exp", "true", Reason::ClaimType),
        ("exp", "\"1900000000\"", Reason::ClaimType),
        ("exp", "-1", Reason::ClaimType),
        ("exp", "253402300800", Reason::ClaimType),
        ("exp", "253402300799.5", Reason::ClaimType),
        ("exp", "99999999999999999999", Reason::ClaimType),
        ("exp", "1799999990", Reason::TokenExpired),
        ("exp", "1799999990.0", Reason::TokenExpired),
        ("nbf", "1800000011", Reason::TokenNotYetValid),
        ("nbf", "1800000010.5", Reason::TokenNotYetValid),
        ("nbf", "[]", Reason::ClaimType),
        ("iat", "1800000011", Reason::TokenFromTheFuture),
        ("iat", "-", Reason::ClaimMissing),
        ("iat", "1799999889", Reason::TokenTooOld),
        ("iat", "1799999889.9", Reason::TokenTooOld),
        ("sub", "7", Reason::ClaimType),
        ("jti", "null", Reason::ClaimType),
        ("client_id", "[]", Reason::ClaimType),
        ("tenant", "-", Reason::ClaimMissing),
        ("tenant", "null", Reason::ClaimMissing),
        ("tenant", "\"\"", Reason::ClaimMissing),
        ("scope", "-", Reason::ScopeInsufficient),
        ("scope", "\"\"", Reason::ScopeInsufficient),
        ("scope", "\"read\"", Reason::ScopeInsufficient),
        ("scope", "\"read\\twrite\"", Reason::ScopeInsufficient),
        ("scope", "\"reads write\"", Reason::ScopeInsufficient),
        ("scope", "null", Reason::ClaimType),
        ("scope", "[\"read\",\"write\"]", Reason::ClaimType),
    ] {
        let token = signed(HEADER, &claims(&[(name, value)]));
        assert_eq!(refused(&token), reason, "{name} {value}");
    }
    assert_eq!(refused(&signed(HEADER, "[]")), Reason::PayloadJson);
    let many = format!("[{}\"you\"]", "\"x\",".repeat(100));
    assert_eq!(refused(&signed(HEADER, &claims(&[("aud", &many)]))), Reason::ClaimType);
}

#[test]
fn claims_that_are_accepted() {
    for (name, value) in [
        ("aud", "[\"other\",\"you\"]"),
        ("exp", "1799999991"),
        ("exp", "1799999990.5"),
        ("nbf", "1800000010"),
        ("nbf", "-0.0"),
        ("iat", "1799999890"),
        ("sub", "\"\""),
        ("tenant", "false"),
        ("tenant", "[]"),
        ("scope", "\"a write  read \""),
    ] {
        let token = signed(HEADER, &claims(&[(name, value)]));
        assert_eq!(verdict(&verifier(), &token), Ok(()), "{name} {value}");
    }
}

#[test]
fn the_first_reason_counts() {
    let token = signed(HEADER, &claims(&[("iss", "1"), ("aud", "1"), ("exp", "1"), ("sub", "1")]));
    assert_eq!(refused(&token), Reason::IssuerMismatch);
    let forged = format!("{}A", &token[..token.len() - 1]);
    assert_eq!(refused(&forged), Reason::SignatureInvalid);
}

#[test]
fn a_token_that_nobody_would_accept_is_not_made() {
    let members = Members::new(HashMap::from([("k".to_owned(), encoded(&SECRET))]));
    let signer = Signer::new(SigningKey::from_members(Algorithm::Hs256, &members).unwrap(), b"{}");
    let mut token = Vec::new();
    assert_eq!(signer.sign(&vec![b'x'; 30_000], &mut token), Err(Unsigned::TooLarge));
}
