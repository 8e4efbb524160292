using System.Collections.Immutable;
using System.Globalization;

namespace Whalescale.Crypto.Noise;

/// <summary>What a message of a handshake carries or mixes in; sections 7.1 and 9.2 of the Noise
/// specification.</summary>
internal enum Token
{
    /// <summary>The sender's ephemeral public key.</summary>
    E,

    /// <summary>The sender's static public key, encrypted if there is a key by then.</summary>
    S,

    /// <summary>Agreement of both ephemeral keys.</summary>
    EE,

    /// <summary>Agreement of the initiator's ephemeral and the responder's static key.</summary>
    ES,

    /// <summary>Agreement of the initiator's static and the responder's ephemeral key.</summary>
    SE,

    /// <summary>Agreement of both static keys.</summary>
    SS,

    /// <summary>The next pre-shared key.</summary>
    Psk,
}

/// <summary>Who knows what beforehand, and the tokens of each message.</summary>
/// <remarks>
/// IK is what the product speaks. XX and NK are here because published vectors exist for them, and an engine that gets
/// three patterns with all their modifiers right has no room for a mistake that only IK would show.
/// </remarks>
internal sealed class HandshakePattern
{
    private const string Fallback = "fallback";
    private const string Psk = "psk";

    private HandshakePattern(
        ImmutableArray<Token> initiatorPreMessage, ImmutableArray<Token> responderPreMessage,
        ImmutableArray<ImmutableArray<Token>> messages, bool isResponderFirst)
    {
        InitiatorPreMessage = initiatorPreMessage;
        ResponderPreMessage = responderPreMessage;
        Messages = messages;
        IsResponderFirst = isResponderFirst;
        PskCount = messages.Sum(tokens => tokens.Count(token => token == Token.Psk));
    }

    /// <summary>Public keys of the initiator that the responder has before the first message.</summary>
    public ImmutableArray<Token> InitiatorPreMessage { get; }

    /// <summary>Public keys of the responder that the initiator has before the first message.</summary>
    public ImmutableArray<Token> ResponderPreMessage { get; }

    /// <summary>The messages, sides alternating.</summary>
    public ImmutableArray<ImmutableArray<Token>> Messages { get; }

    /// <summary>Whether the responder writes the first message: so in a fallback, whose first message was
    /// another's.</summary>
    public bool IsResponderFirst { get; }

    /// <summary>How many pre-shared keys go in.</summary>
    public int PskCount { get; }

    /// <summary>Reads the second part of a protocol name: a pattern, then modifiers joined by '+'.</summary>
    /// <exception cref="ArgumentException">A pattern or modifier that is not known here.</exception>
    public static HandshakePattern Parse(string name)
    {
        int end = 0;
        while (end < name.Length && (char.IsAsciiLetterUpper(name[end]) || char.IsAsciiDigit(name[end]))) end++;
        HandshakePattern pattern = Base(name[..end], name);
        return end == name.Length
            ? pattern
            : name[end..].Split('+').Aggregate(pattern, (modified, modifier) => modified.With(modifier, name));
    }

    /// <summary>Whether a side of this pattern uses a static key of its own.</summary>
    public bool HasStaticKey(bool isInitiator) =>
        (isInitiator ? InitiatorPreMessage : ResponderPreMessage).Contains(Token.S)
        || Messages.Where((_, index) => IsWrittenBy(isInitiator, index)).Any(tokens => tokens.Contains(Token.S));

    /// <summary>Whether a side writes the message of this index.</summary>
    public bool IsWrittenBy(bool isInitiator, int messageIndex) =>
        (messageIndex % 2 == 0) == (isInitiator != IsResponderFirst);

    private static HandshakePattern Base(string pattern, string name) => pattern switch
    {
        "IK" => new(
            [], [Token.S],
            [[Token.E, Token.ES, Token.S, Token.SS], [Token.E, Token.EE, Token.SE]],
            isResponderFirst: false),
        "NK" => new(
            [], [Token.S],
            [[Token.E, Token.ES], [Token.E, Token.EE]],
            isResponderFirst: false),
        "XX" => new(
            [], [],
            [[Token.E], [Token.E, Token.EE, Token.S, Token.ES], [Token.S, Token.SE]],
            isResponderFirst: false),
        _ => throw new ArgumentException($"'{name}' is not one of the known Noise patterns IK, NK, XX.", nameof(name)),
    };

    private HandshakePattern With(string modifier, string name)
    {
        bool isFallback = modifier == Fallback
            && InitiatorPreMessage.IsEmpty && Messages[0].All(token => token is Token.E or Token.S);
        if (isFallback)
            return new HandshakePattern(Messages[0], ResponderPreMessage, Messages.RemoveAt(0), !IsResponderFirst);

        bool isPsk = modifier.StartsWith(Psk, StringComparison.Ordinal)
            & int.TryParse(modifier.AsSpan(Math.Min(Psk.Length, modifier.Length)), NumberStyles.None,
                CultureInfo.InvariantCulture, out int position);
        if (!isPsk || position > Messages.Length)
            throw new ArgumentException($"'{modifier}' is not a modifier that fits in '{name}'.", nameof(name));
        int index = Math.Max(position - 1, 0);
        ImmutableArray<Token> tokens = Messages[index].Insert(position == 0 ? 0 : Messages[index].Length, Token.Psk);
        return new HandshakePattern(
            InitiatorPreMessage, ResponderPreMessage, Messages.SetItem(index, tokens), IsResponderFirst);
    }
}
