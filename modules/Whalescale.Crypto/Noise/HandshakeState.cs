using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Whalescale.Crypto.Noise;

/// <summary>One side of one handshake; section 5.3 of the Noise specification, revision 34.</summary>
/// <remarks>
/// <para>
/// Each message is worked out on a copy of the symmetric state, and copy and original change places only when
/// everything about the message was good. So a message that is refused (forged, cut, of a stranger) leaves no trace,
/// and the good one is still taken afterwards. That holds for writing as well.
/// </para>
/// <para>
/// A Diffie-Hellman result of zero is refused, which the specification leaves open: with it neither side would know
/// that the other has any secret at all.
/// </para>
/// <para>All secrets lie in one pinned block that is zeroed on <see cref="Dispose"/>. Reading and writing allocate
/// nothing on the managed heap. Not thread-safe.</para>
/// </remarks>
public sealed class HandshakeState : IDisposable
{
    /// <summary>The longest message, in bytes (section 3).</summary>
    public const int MaxMessageSize = 65535;

    private const int KeySize = X25519.KeySize;

    // The pinned block: two symmetric states, then our keys, then the pre-shared keys.
    private const int TrialOffset = SymmetricState.MemorySize;
    private const int StaticOffset = 2 * SymmetricState.MemorySize;
    private const int EphemeralOffset = StaticOffset + KeySize;
    private const int SharedOffset = EphemeralOffset + KeySize;
    private const int PskOffset = SharedOffset + KeySize;

    private readonly HandshakePattern _pattern;
    private readonly bool _isInitiator;
    private readonly RandomSource _random;
    private readonly SecretBytes _memory;
    private readonly NoiseHash _hash;
    private SymmetricState _state;
    private SymmetricState _trial;
    private int _messageIndex;
    private Progress _progress;

    /// <summary>Begins a handshake with a static key whose public half is computed here.</summary>
    /// <param name="protocol">What both sides agreed on.</param>
    /// <param name="initiator">Whether this is the initiator's side.</param>
    /// <param name="prologue">What both sides must have in common beyond the handshake itself.</param>
    /// <param name="s">Our static secret, 32 bytes, copied; null if the pattern has none for us.</param>
    /// <param name="rs">The other side's static key if the pattern presumes it; else null.</param>
    /// <param name="random">Gives the ephemeral secret.</param>
    /// <param name="psk">The pre-shared key, 32 bytes, copied; null if the pattern has none.</param>
    /// <exception cref="ArgumentException">A key is missing, too many, or of a wrong size.</exception>
    public HandshakeState(
        NoiseProtocol protocol, bool initiator, ReadOnlySpan<byte> prologue, SecretBytes? s, X25519PublicKey? rs,
        RandomSource random, SecretBytes? psk = null)
        : this(protocol, initiator, prologue, new KeyMaterial(s, null, rs), random, psk is null ? [] : [psk])
    {
    }

    /// <summary>Begins a handshake with an identity's static key: a sixth faster, the public half being
    /// progress.</summary>
    /// <param name="protocol">What both sides agreed on.</param>
    /// <param name="initiator">Whether this is the initiator's side.</param>
    /// <param name="prologue">What both sides must have in common beyond the handshake itself.</param>
    /// <param name="identity">Whose static key is ours; copied.</param>
    /// <param name="rs">The other side's static key if the pattern presumes it; else null.</param>
    /// <param name="random">Gives the ephemeral secret.</param>
    /// <param name="psk">The pre-shared key, 32 bytes, copied; null if the pattern has none.</param>
    /// <exception cref="ArgumentException">A key is missing, too many, or of a wrong size.</exception>
    public HandshakeState(
        NoiseProtocol protocol, bool initiator, ReadOnlySpan<byte> prologue, Identity identity, X25519PublicKey? rs,
        RandomSource random, SecretBytes? psk = null)
        : this(
            protocol, initiator, prologue, new KeyMaterial(identity.StaticSecret, identity.StaticKey, rs), random,
            psk is null ? [] : [psk])
    {
    }

    internal HandshakeState(
        NoiseProtocol protocol, bool initiator, ReadOnlySpan<byte> prologue, KeyMaterial keys, RandomSource random,
        ReadOnlySpan<SecretBytes> psks)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(random);
        _pattern = protocol.Pattern;
        _isInitiator = initiator;
        _random = random;
        CheckKeys(protocol, keys, psks);
        _memory = new SecretBytes(PskOffset + (psks.Length * KeySize));
        _hash = new NoiseHash(protocol.Hash);
        _state = new SymmetricState(_hash, protocol.Cipher, _memory, 0);
        _trial = new SymmetricState(_hash, protocol.Cipher, _memory, TrialOffset);
        keys.Static?.Span.CopyTo(Static);
        keys.Ephemeral?.Span.CopyTo(Ephemeral);
        for (int i = 0; i < psks.Length; i++) psks[i].Span.CopyTo(Psk(i));

        _progress = new Progress
        {
            LocalStatic = keys.Static is null ? null : keys.StaticPublic ?? X25519.PublicKeyOf(Static),
            LocalEphemeral = keys.Ephemeral is null ? null : X25519.PublicKeyOf(Ephemeral),
            RemoteStatic = keys.RemoteStatic,
            RemoteEphemeral = keys.RemoteEphemeral,
        };
        _state.InitializeSymmetric(protocol.NameBytes.AsSpan());
        _state.MixHash(prologue);
        MixPreMessage(_pattern.InitiatorPreMessage, isOwn: initiator);
        MixPreMessage(_pattern.ResponderPreMessage, isOwn: !initiator);
    }

    /// <summary>Whether all messages have been written and read, so that <see cref="Split"/> may follow.</summary>
    public bool IsComplete => _messageIndex == _pattern.Messages.Length;

    /// <summary>The other side's static key.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet.</exception>
    public X25519PublicKey RemoteStaticKey =>
        _progress.RemoteStatic ?? throw new InvalidOperationException("The remote static key is not known yet.");

    /// <summary>h after the last message: the same on both sides, and different for any two handshakes.</summary>
    /// <exception cref="InvalidOperationException">The handshake is not complete.</exception>
    public ReadOnlySpan<byte> HandshakeHash
    {
        get
        {
            RequireComplete();
            return _state.HandshakeHash;
        }
    }

    private Span<byte> Static => _memory.Span.Slice(StaticOffset, KeySize);

    private Span<byte> Ephemeral => _memory.Span.Slice(EphemeralOffset, KeySize);

    private Span<byte> Shared => _memory.Span.Slice(SharedOffset, KeySize);

    /// <summary>Writes the next message.</summary>
    /// <param name="payload">What it carries.</param>
    /// <param name="message">Room for it; must not overlap the payload.</param>
    /// <returns>The size of the message, in bytes.</returns>
    /// <exception cref="InvalidOperationException">It is the other side's turn, or all messages are done.</exception>
    /// <exception cref="ArgumentException">Too little room, or a message longer than Noise allows.</exception>
    /// <exception cref="CryptographicException">
    /// An agreement gives zero. It cannot happen to a responder of IK, whose reading refuses such keys, nor to its
    /// initiator with a static key that <see cref="NodeKeys.Check"/> gave.
    /// </exception>
    public int WriteMessage(ReadOnlySpan<byte> payload, Span<byte> message)
    {
        RequireTurn(isWriting: true);
        if (payload.Overlaps(message)) throw new ArgumentException("Payload and message overlap.", nameof(message));
        _trial.CopyFrom(_state);
        try
        {
            Progress progress = _progress;
            var writer = new MessageWriter(message[..Math.Min(message.Length, MaxMessageSize)]);
            foreach (Token token in _pattern.Messages[_messageIndex])
            {
                if (token == Token.E) WriteEphemeral(ref writer, ref progress);
                else if (token == Token.S) WriteStatic(ref writer, progress);
                else if (!TryMix(token, ref progress)) throw new CryptographicException("A key agreement gives zero.");
            }

            _trial.EncryptAndHash(payload, writer.Take(payload.Length + _trial.Overhead));
            Commit(progress);
            return writer.Written;
        }
        finally
        {
            _trial.Clear();
        }
    }

    /// <summary>Reads the next message.</summary>
    /// <param name="message">As received.</param>
    /// <param name="payload">Room for the payload; must not overlap the message.</param>
    /// <param name="payloadLength">The payload's size, 0 if the message is refused.</param>
    /// <param name="acceptRemoteStatic">
    /// Asked with the other side's static key as soon as that is decrypted, before any agreement with it is computed;
    /// answering false refuses the message. The key is not authenticated at that point.
    /// </param>
    /// <returns>False if the message is refused; then nothing has changed and the payload's area holds no
    /// plaintext.</returns>
    /// <exception cref="InvalidOperationException">It is our turn, or all messages are done.</exception>
    public bool TryReadMessage(
        ReadOnlySpan<byte> message, Span<byte> payload, out int payloadLength,
        Func<X25519PublicKey, bool>? acceptRemoteStatic = null)
    {
        payloadLength = 0;
        RequireTurn(isWriting: false);
        if (message.Overlaps(payload)) throw new ArgumentException("Message and payload overlap.", nameof(payload));
        if (message.Length > MaxMessageSize) return false;
        _trial.CopyFrom(_state);
        try
        {
            Progress progress = _progress;
            foreach (Token token in _pattern.Messages[_messageIndex])
            {
                bool isGood = token switch
                {
                    Token.E => TryReadEphemeral(ref message, ref progress),
                    Token.S => TryReadStatic(ref message, ref progress, acceptRemoteStatic),
                    _ => TryMix(token, ref progress),
                };
                if (!isGood) return false;
            }

            int length = message.Length - _trial.Overhead;
            if (length < 0 || length > payload.Length) return false;
            if (!_trial.DecryptAndHash(message, payload[..length])) return false;
            payloadLength = length;
            Commit(progress);
            return true;
        }
        finally
        {
            _trial.Clear();
        }
    }

    /// <summary>Derives the two transport keys.</summary>
    /// <param name="key1">
    /// Receives 32 bytes: the key from initiator to responder (in a fallback, from the side that wrote first).
    /// </param>
    /// <param name="key2">Receives 32 bytes: the key of the other direction.</param>
    /// <exception cref="InvalidOperationException">The handshake is not complete.</exception>
    public void Split(Span<byte> key1, Span<byte> key2)
    {
        RequireComplete();
        _state.Split(key1, key2);
    }

    /// <summary>Wipes all keys.</summary>
    public void Dispose()
    {
        _memory.Dispose();
        _hash.Dispose();
    }

    private void CheckKeys(NoiseProtocol protocol, in KeyMaterial keys, ReadOnlySpan<SecretBytes> psks)
    {
        ImmutableArray<Token> remotePreMessage =
            _isInitiator ? _pattern.ResponderPreMessage : _pattern.InitiatorPreMessage;
        if (_pattern.HasStaticKey(_isInitiator) != keys.Static is not null)
            throw new ArgumentException($"{protocol} and the static key given do not fit together.");
        if (remotePreMessage.Contains(Token.S) != keys.RemoteStatic is not null)
            throw new ArgumentException($"{protocol} and the remote static key given do not fit together.");
        if (psks.Length != _pattern.PskCount)
            throw new ArgumentException($"{protocol} takes {_pattern.PskCount} pre-shared keys, not {psks.Length}.");
        if (keys.Static is { Length: not KeySize } || keys.Ephemeral is { Length: not KeySize })
            throw new ArgumentException($"A secret has {KeySize} bytes.");
        foreach (SecretBytes psk in psks)
        {
            if (psk.Length != KeySize) throw new ArgumentException($"A pre-shared key has {KeySize} bytes.");
        }
    }

    private void MixPreMessage(ImmutableArray<Token> tokens, bool isOwn)
    {
        foreach (Token token in tokens)
        {
            X25519PublicKey? key = (token, isOwn) switch
            {
                (Token.E, true) => _progress.LocalEphemeral,
                (Token.E, false) => _progress.RemoteEphemeral,
                (_, true) => _progress.LocalStatic,
                _ => _progress.RemoteStatic,
            };
            MixPublicKey(_state, key ?? throw new ArgumentException("A key of the pre-message is missing."), token);
        }
    }

    /// <summary>With pre-shared keys an ephemeral key is mixed into the key as well (section 9.2).</summary>
    private void MixPublicKey(SymmetricState state, X25519PublicKey key, Token token)
    {
        Span<byte> bytes = stackalloc byte[KeySize];
        key.WriteTo(bytes);
        state.MixHash(bytes);
        if (token == Token.E && _pattern.PskCount > 0) state.MixKey(bytes);
    }

    private void WriteEphemeral(ref MessageWriter writer, ref Progress progress)
    {
        Span<byte> destination = writer.Take(KeySize);
        _random.Fill(Ephemeral);
        X25519PublicKey publicKey = X25519.PublicKeyOf(Ephemeral);
        progress.LocalEphemeral = publicKey;
        publicKey.WriteTo(destination);
        MixPublicKey(_trial, publicKey, Token.E);
    }

    private void WriteStatic(ref MessageWriter writer, in Progress progress)
    {
        Span<byte> bytes = stackalloc byte[KeySize];
        progress.LocalStatic!.Value.WriteTo(bytes);
        _trial.EncryptAndHash(bytes, writer.Take(KeySize + _trial.Overhead));
    }

    private bool TryReadEphemeral(ref ReadOnlySpan<byte> message, ref Progress progress)
    {
        if (message.Length < KeySize) return false;
        var key = new X25519PublicKey(message[..KeySize]);
        message = message[KeySize..];
        progress.RemoteEphemeral = key;
        MixPublicKey(_trial, key, Token.E);
        return true;
    }

    private bool TryReadStatic(
        ref ReadOnlySpan<byte> message, ref Progress progress, Func<X25519PublicKey, bool>? acceptRemoteStatic)
    {
        int length = KeySize + _trial.Overhead;
        Span<byte> bytes = stackalloc byte[KeySize];
        if (message.Length < length || !_trial.DecryptAndHash(message[..length], bytes)) return false;
        message = message[length..];
        var key = new X25519PublicKey(bytes);
        progress.RemoteStatic = key;
        return acceptRemoteStatic is null || acceptRemoteStatic(key);
    }

    /// <summary>Mixes an agreement or a pre-shared key in.</summary>
    /// <returns>False if the agreement gives zero.</returns>
    private bool TryMix(Token token, ref Progress progress)
    {
        if (token == Token.Psk)
        {
            _trial.MixKeyAndHash(Psk(progress.PsksMixed++));
            return true;
        }

        bool isOwnEphemeral = token == Token.EE || token == (_isInitiator ? Token.ES : Token.SE);
        bool isRemoteEphemeral = token == Token.EE || token == (_isInitiator ? Token.SE : Token.ES);
        X25519PublicKey? remote = isRemoteEphemeral ? progress.RemoteEphemeral : progress.RemoteStatic;
        bool isGood = X25519.TryAgree(isOwnEphemeral ? Ephemeral : Static, remote!.Value, Shared);
        if (isGood) _trial.MixKey(Shared);
        CryptographicOperations.ZeroMemory(Shared);
        return isGood;
    }

    private Span<byte> Psk(int index) => _memory.Span.Slice(PskOffset + (index * KeySize), KeySize);

    private void Commit(in Progress progress)
    {
        _progress = progress;
        (_state, _trial) = (_trial, _state);
        _messageIndex++;
    }

    private void RequireTurn(bool isWriting)
    {
        if (!IsComplete && _pattern.IsWrittenBy(_isInitiator, _messageIndex) == isWriting) return;
        throw new InvalidOperationException(isWriting ? "Nothing is to be written now." : "Nothing is to be read now.");
    }

    private void RequireComplete()
    {
        if (!IsComplete) throw new InvalidOperationException("The handshake is not complete.");
    }

    /// <summary>How far the handshake has come: public keys known, pre-shared keys mixed in.</summary>
    private struct Progress
    {
        public X25519PublicKey? LocalStatic;
        public X25519PublicKey? LocalEphemeral;
        public X25519PublicKey? RemoteStatic;
        public X25519PublicKey? RemoteEphemeral;
        public int PsksMixed;
    }
}
