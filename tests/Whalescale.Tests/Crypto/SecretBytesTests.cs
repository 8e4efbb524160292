using Whalescale.Crypto;

namespace Whalescale.Tests.Crypto;

public sealed class SecretBytesTests
{
    [Fact]
    public void Disposing_zeroes_the_bytes_and_closes_the_access()
    {
        var secret = new SecretBytes([1, 2, 3, 4]);
        Span<byte> view = secret.Span;
        Assert.Equal<byte>([1, 2, 3, 4], view.ToArray());
        secret.Dispose();
        Assert.Equal<byte>([0, 0, 0, 0], view.ToArray());
        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
        secret.Dispose();
    }

    [Fact]
    public unsafe void The_bytes_stay_where_they_are_when_memory_is_compacted()
    {
        // Every second object dies, so that a compaction has reason to move whatever is not pinned.
        var secrets = new SecretBytes[200];
        var addresses = new nint[secrets.Length];
        for (int i = 0; i < secrets.Length; i++)
        {
            _ = new byte[100];
            secrets[i] = new SecretBytes(32);
            fixed (byte* address = secrets[i].Span) addresses[i] = (nint)address;
        }

        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        for (int i = 0; i < secrets.Length; i++)
        {
            fixed (byte* address = secrets[i].Span) Assert.Equal(addresses[i], (nint)address);
        }
    }

    [Fact]
    public void The_text_form_shows_no_content() =>
        Assert.Equal("3 secret bytes", new SecretBytes([7, 8, 9]).ToString());
}
