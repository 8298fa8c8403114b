//! Why a token is refused.

/// A reason, by the name it has in `sealwax.jose.errors.REASONS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    TokenTooLarge,
    TokenCharacters,
    TokenIsEncrypted,
    TokenParts,
    HeaderEncoding,
    HeaderJson,
    CriticalExtension,
    UnencodedPayload,
    HeaderMember,
    AlgorithmNotAllowed,
    KeyUnknown,
    KeyAmbiguous,
    KeyMismatch,
    SignatureEncoding,
    SignatureInvalid,
    PayloadEncoding,
    PayloadJson,
    TypeMismatch,
    ClaimMissing,
    ClaimType,
    IssuerMismatch,
    AudienceMismatch,
    TokenExpired,
    TokenNotYetValid,
    TokenFromTheFuture,
    TokenTooOld,
    ScopeInsufficient,
}

impl Reason {
    /// The stable name that Python knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TokenTooLarge => "token_too_large",
            Self::TokenCharacters => "token_characters",
            Self::TokenIsEncrypted => "token_is_encrypted",
            Self::TokenParts => "token_parts",
            Self::HeaderEncoding => "header_encoding",
            Self::HeaderJson => "header_json",
            Self::CriticalExtension => "critical_extension",
            Self::UnencodedPayload => "unencoded_payload",
            Self::HeaderMember => "header_member",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::KeyUnknown => "key_unknown",
            Self::KeyAmbiguous => "key_ambiguous",
            Self::KeyMismatch => "key_mismatch",
            Self::SignatureEncoding => "signature_encoding",
            Self::SignatureInvalid => "signature_invalid",
            Self::PayloadEncoding => "payload_encoding",
            Self::PayloadJson => "payload_json",
            Self::TypeMismatch => "type_mismatch",
            Self::ClaimMissing => "claim_missing",
            Self::ClaimType => "claim_type",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::AudienceMismatch => "audience_mismatch",
            Self::TokenExpired => "token_expired",
            Self::TokenNotYetValid => "token_not_yet_valid",
            Self::TokenFromTheFuture => "token_from_the_future",
            Self::TokenTooOld => "token_too_old",
            Self::ScopeInsufficient => "scope_insufficient",
        }
    }
}

/// What ends a verification before there are claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Refused(Reason),
    /// The token asks for what is not done here; Python does it.
    NotMine,
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}
