namespace Whalescale.Crypto.Noise;

/// <summary>Hands out a message's room from front to back.</summary>
internal ref struct MessageWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public Span<byte> Take(int length)
    {
        if (length > _destination.Length - Written)
            throw new ArgumentException("The message needs more room, or is longer than Noise allows.");
        Span<byte> part = _destination.Slice(Written, length);
        Written += length;
        return part;
    }
}
