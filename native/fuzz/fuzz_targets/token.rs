//! A token of any header and payload, with a good signature or none, ends with a verdict.
//!
//! The input is a header, a zero byte and a payload; without the byte it is a token as it is.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sealwax_jose::algorithm::Algorithm;
use sealwax_jose::jwk::Members;
use sealwax_jose::key::VerifyingKey;
use sealwax_jose::key_set::{Entry, KeySet};
use sealwax_jose::policy::Policy;
use sealwax_jose::refusal::{Reason, Stop};
use sealwax_jose::signer::{Signer, SigningKey};
use sealwax_jose::verifier::Verifier;
use sealwax_jose_fuzz::Values;

const SECRET: [u8; 32] = [7; 32];
const NOW: i64 = 1_800_000_000;

static VERIFIER: LazyLock<Verifier<()>> = LazyLock::new(|| {
    let key = VerifyingKey::from_secret(&SECRET).expect("a secret of 32 bytes");
    let entry = Entry {
        kid: Some("k".into()),
        algorithms: vec![Algorithm::Hs256],
        key: Some(Arc::new(key)),
    };
    let policy = Policy {
        issuer: "i".into(),
        audiences: vec!["a".into(), "b".into()],
        types: vec![Some("jwt".into()), None],
        leeway_seconds: 10,
        max_age_seconds: Some(300),
        required_claims: vec!["sub".into()],
        scopes: vec!["read".into()],
    };
    Verifier::new(KeySet::new(vec![entry]), vec![Algorithm::Hs256], policy)
});

fuzz_target!(|data: &[u8]| {
    let Some(at) = data.iter().position(|&byte| byte == 0) else {
        let _ = VERIFIER.open(data);
        return;
    };
    let (header, payload) = (&data[..at], &data[at + 1..]);
    let mut secret = Vec::new();
    sealwax_jose::base64url::encode(&SECRET, &mut secret);
    let secret = String::from_utf8(secret).expect("ASCII");
    let members = Members::new([("kty".into(), "oct".into()), ("k".into(), secret)].into());
    let key = SigningKey::from_members(Algorithm::Hs256, &members).expect("a good key");
    let mut token = Vec::new();
    if Signer::new(key, header).sign(payload, &mut token).is_err() {
        return; // larger than is accepted
    }
    match VERIFIER.open(&token) {
        Ok(opened) => {
            assert_eq!(opened.payload, payload);
            for now in [NOW, 0, -1, i64::from(u32::MAX), 1 << 52] {
                let _ = VERIFIER.judge(&opened, now, &mut Values);
            }
            let last = token.len() - 1;
            token[last] = if token[last] == b'A' { b'Q' } else { b'A' };
            assert!(VERIFIER.open(&token).is_err());
        }
        Err(stop) => {
            // What was signed is in its one spelling, and the signature is good.
            let impossible = [
                Reason::TokenCharacters,
                Reason::TokenParts,
                Reason::TokenIsEncrypted,
                Reason::HeaderEncoding,
                Reason::SignatureEncoding,
                Reason::SignatureInvalid,
                Reason::PayloadEncoding,
            ];
            assert!(impossible.iter().all(|&reason| stop != Stop::Refused(reason)));
        }
    }
});
