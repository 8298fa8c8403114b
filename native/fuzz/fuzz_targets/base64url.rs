//! What is read as base64url is the one spelling of its bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwax_jose::base64url;

fuzz_target!(|text: &[u8]| {
    let mut data = Vec::new();
    if base64url::decode(text, &mut data).is_ok() {
        let mut again = Vec::new();
        base64url::encode(&data, &mut again);
        assert_eq!(again, text);
    }
    let mut encoded = Vec::new();
    base64url::encode(text, &mut encoded);
    assert_eq!(encoded.len(), base64url::encoded_length(text.len()));
    let mut decoded = Vec::new();
    assert!(base64url::decode(&encoded, &mut decoded).is_ok());
    assert_eq!(decoded, text);
});
