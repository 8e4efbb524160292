using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Contests;

/// <summary>Sealing and opening of transport messages: small packets, full ones, jumbo ones.</summary>
internal static class SealingContests
{
    private const byte Type = (byte)MessageType.Transport;
    private const string Sealing = "Sealing", Opening = "Opening";

    private static readonly int[] Sizes = [64, 1420, 9000];
    private static readonly CipherSuite[] Suites = [CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256];

    internal static IEnumerable<Contest> All()
    {
        foreach (string section in (string[])[Sealing, Opening])
            foreach (CipherSuite suite in Suites)
                foreach (int size in Sizes)
                {
                    using var bench = new Bench(suite, size);
                    bench.CheckAgreement();
                    yield return section == Sealing ? bench.SealingContest() : bench.OpeningContest();
                }
    }

    /// <summary>One suite and size: every way to seal and to open, on the same bytes.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly CipherSuite _suite;
        private readonly InBoxAead _inBox;
        private readonly PacketSealer _sealer, _plainSealer;
        private readonly PacketOpener _opener, _plainOpener;
        private readonly byte[] _plaintext, _sealed, _output;
        private ulong _nonce = 1UL << 32; // no byte order gives the same by accident

        internal Bench(CipherSuite suite, int size)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            _suite = suite;
            _inBox = new InBoxAead(suite, key);
            _sealer = new PacketSealer(suite, key, Type, Protocol.Version);
            _opener = new PacketOpener(suite, key, Type, Protocol.Version);
            _plainSealer = new PacketSealer(suite, key, Type, Protocol.Version, mayUseRecords: false);
            _plainOpener = new PacketOpener(suite, key, Type, Protocol.Version, mayUseRecords: false);
            _plaintext = RandomNumberGenerator.GetBytes(size);
            _sealed = new byte[size + Protocol.TagSize];
            _output = new byte[size + Protocol.TagSize];
            _sealer.Seal(_nonce, _plaintext, _sealed);
        }

        private Span<byte> Plaintext => _output.AsSpan(0, _plaintext.Length);

        private string Case => (_suite == CipherSuite.AesGcmSha256 ? "AES-256-GCM" : "ChaCha20-Poly1305")
            + $" {_plaintext.Length} B";

        /// <summary>Refuses to compare things that are not the same.</summary>
        /// <exception cref="CryptographicException">Two of the ways differ.</exception>
        internal void CheckAgreement()
        {
            foreach (Action seal in (Action[])[SealInBox, () => _plainSealer.Seal(_nonce, _plaintext, _output)])
            {
                seal();
                if (!_sealed.AsSpan().SequenceEqual(_output)) throw new CryptographicException($"{Case} differs.");
            }

            foreach (Action open in (Action[])[OpenInBox, Open, OpenPlain])
            {
                Array.Clear(_output);
                open();
                if (!Plaintext.SequenceEqual(_plaintext)) throw new CryptographicException($"{Case} differs.");
            }

            void SealInBox() => _inBox.Seal(_nonce, _plaintext, _output);
        }

        internal Contest SealingContest() => new(Sealing, Case, _plaintext.Length, Ways(
            new(_inBox.Name, () => _inBox.Seal(++_nonce, _plaintext, _output)),
            new(nameof(PacketSealer), () => _sealer.Seal(++_nonce, _plaintext, _output)),
            new("PacketSealer, four calls", () => _plainSealer.Seal(++_nonce, _plaintext, _output))));

        internal Contest OpeningContest() => new(Opening, Case, _plaintext.Length, Ways(
            new(_inBox.Name, OpenInBox),
            new(nameof(PacketOpener), Open),
            new("PacketOpener, four calls", OpenPlain)));

        public void Dispose()
        {
            _inBox.Dispose();
            _sealer.Dispose();
            _opener.Dispose();
            _plainSealer.Dispose();
            _plainOpener.Dispose();
        }

        // Where there is no short cut, the last two are the same.
        private Contender[] Ways(Contender inBox, Contender ours, Contender plain) =>
            _sealer.UsesRecords ? [inBox, ours, plain] : [inBox, ours];

        private void OpenInBox() => _inBox.Open(_nonce, _sealed, Plaintext);

        private void Open() => OpenWith(_opener);

        private void OpenPlain() => OpenWith(_plainOpener);

        private void OpenWith(PacketOpener opener)
        {
            if (!opener.TryOpen(_nonce, _sealed, Plaintext)) throw new CryptographicException($"{Case} fails.");
        }
    }
}
