namespace Whalescale.Crypto;

/// <summary>Whether a node id is a key that may be used, and if not, why not.</summary>
public enum NodeIdVerdict
{
    /// <summary>A canonical point of the prime-order subgroup with sign bit 0.</summary>
    Usable,

    /// <summary>The y coordinate is not below 2^255 - 19, so the same point has another encoding.</summary>
    NotCanonical,

    /// <summary>No point of the curve has this y coordinate.</summary>
    NotOnCurve,

    /// <summary>A point of order 1, 2, 4 or 8: the key agreement would not depend on any secret.</summary>
    SmallOrder,

    /// <summary>A point outside the prime-order subgroup: its signatures do not verify everywhere alike.</summary>
    MixedOrder,

    /// <summary>The twin of a usable id: the same X25519 key under a second name.</summary>
    SignBitSet,
}
