using Whalescale.Transport;
using Whalescale.Tun.Offload;
using Whalescale.Tun.Routing;

namespace Whalescale.Integration.Devices;

/// <summary>Joins two devices as two nodes and the way between them do: what one hands over whole is split, and the
/// other is given every packet on its own, a batch at a time.</summary>
internal sealed class TunCable : IDisposable
{
    private const int MostPackets = 256, LargestPacket = 1_500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ITunDevice _one, _other;
    private readonly Thread _thread;
    private readonly IWaiter _waiter = Waiters.Create();
    private readonly PacketBatch _read = new(MostPackets, 65_535, largestPackets: 4);
    private readonly PacketBatch _written = new(MostPackets, LargestPacket);
    private readonly Segmenter _segmenter = new();
    private Exception? _failure;
    private volatile bool _isStopped;

    /// <summary>Joins them until it is disposed; both devices belong to its thread until then.</summary>
    public TunCable(ITunDevice one, ITunDevice other)
    {
        (_one, _other) = (one, other);
        _waiter.Watch(one.ReadyHandle);
        _waiter.Watch(other.ReadyHandle);
        _thread = new Thread(() => _failure = Record.Exception(Run));
        _thread.Start();
    }

    /// <summary>Super-packets read. This and all below: to be asked once the cable is disposed.</summary>
    public long SuperPackets { get; private set; }

    /// <summary>Packets read that still lacked their checksum.</summary>
    public long Unfinished { get; private set; }

    /// <summary>Bytes of the longest packet read.</summary>
    public int Longest { get; private set; }

    /// <summary>Packets written to the second device.</summary>
    public long Delivered { get; private set; }

    /// <summary>Packets that one of the devices refused.</summary>
    public long Refused { get; private set; }

    /// <exception cref="InvalidOperationException">Its thread failed, and why.</exception>
    public void Dispose()
    {
        if (_isStopped) return;
        _isStopped = true;
        _waiter.Wake();
        _thread.Join();
        _waiter.Dispose();
        _read.Dispose();
        _written.Dispose();
        if (_failure is not null) throw new InvalidOperationException("The cable broke.", _failure);
    }

    private void Run()
    {
        while (!_isStopped)
        {
            _waiter.Wait(Pause);
            Carry(_one, _other);
            Carry(_other, _one);
        }
    }

    private void Carry(ITunDevice from, ITunDevice to)
    {
        _read.Clear();
        from.Read(_read);
        for (int i = 0; i < _read.Count; i++)
        {
            PacketOffload offload = _read.OffloadOf(i);
            Longest = Math.Max(Longest, _read[i].Length);
            if (offload.Traits != OffloadTraits.None) Unfinished++;
            if (offload.SegmentSize > 0) Split(_read[i], offload, to);
            else Append(_read[i], [], offload, to);
        }

        Flush(to);
    }

    private void Split(ReadOnlySpan<byte> packet, in PacketOffload offload, ITunDevice to)
    {
        SuperPackets++;
        Assert.True(InnerPacket.TryParse(packet, out InnerPacket view));
        Assert.True(_segmenter.TryBegin(packet, offload, view));
        Span<byte> headers = stackalloc byte[Segmenter.LargestHeader];
        for (int i = 0; i < _segmenter.Count; i++)
        {
            _segmenter.WriteHeaders(i, headers);
            ReadOnlySpan<byte> payload = packet.Slice(_segmenter.PayloadOffset(i), _segmenter.PayloadLength(i));
            Append(headers[.._segmenter.HeaderLength], payload, _segmenter.Offload, to);
        }
    }

    private void Append(
        ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, in PacketOffload offload, ITunDevice to)
    {
        if (_written.IsFull) Flush(to);
        Span<byte> slot = _written.NextSlot();
        headers.CopyTo(slot);
        payload.CopyTo(slot[headers.Length..]);
        _written.Append(headers.Length + payload.Length, offload);
    }

    private void Flush(ITunDevice to)
    {
        if (to == _other) Delivered += _written.Count;
        if (_written.Count > 0) Refused += to.Write(_written);
        _written.Clear();
    }
}
