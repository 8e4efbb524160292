using Whalescale.Types;

namespace Whalescale.Paths;

/// <summary>What became of a part of a packet.</summary>
public enum FragmentVerdict : byte
{
    /// <summary>Kept; others are missing.</summary>
    Kept,

    /// <summary>It was the last that was missing: the whole is there.</summary>
    Completed,

    /// <summary>It is there already.</summary>
    Duplicate,

    /// <summary>No part of a frame of an allowed size.</summary>
    Malformed,

    /// <summary>It contradicts the parts that are there, or is one too many: all of them are dropped.</summary>
    Contradiction,
}

/// <summary>Puts packets of one peer together from the parts that travelled alone.</summary>
/// <remarks>
/// Bounded whatever comes: <see cref="Limits.ReassembliesPerPeer"/> packets at a time, the oldest gives way to a new
/// one, parts must not overlap (RFC 5722 says why), and after <see cref="LifeTime"/> what is not whole is worth
/// nothing. Memory is made when a place is first used, in two sizes, and kept. Not thread-safe.
/// </remarks>
public sealed class ReassemblyBuffer
{
    private const int OrdinaryFrame = 2_048;

    private readonly Place[] _places = new Place[Limits.ReassembliesPerPeer];

    /// <summary>How long parts wait for the others: longer than one path may lag behind another.</summary>
    public static TimeSpan LifeTime => TimeSpan.FromSeconds(1);

    /// <summary>Packets that gave way, or came too late to be whole.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Takes the body of a fragment frame.</summary>
    /// <param name="body">What follows the frame's length.</param>
    /// <param name="now">The instant.</param>
    /// <param name="whole">The packet frame, if the verdict is <see cref="FragmentVerdict.Completed"/>; valid until the
    /// next call.</param>
    public FragmentVerdict HandleFragment(ReadOnlySpan<byte> body, Instant now, out ReadOnlySpan<byte> whole)
    {
        whole = default;
        if (!FragmentFrame.TryRead(body, out FragmentFrame fragment, out ReadOnlySpan<byte> part))
            return FragmentVerdict.Malformed;
        ref Place place = ref Find(fragment, now);
        FragmentVerdict verdict = place.Add(fragment, part);
        if (verdict is FragmentVerdict.Completed) whole = place.Buffer.AsSpan(0, fragment.Total);
        if (verdict is FragmentVerdict.Completed or FragmentVerdict.Contradiction) place.Total = 0;
        return verdict;
    }

    // The place of these parts, else a free one, else the oldest.
    private ref Place Find(in FragmentFrame fragment, Instant now)
    {
        int best = 0;
        for (int i = 0; i < _places.Length; i++)
        {
            ref Place place = ref _places[i];
            if (place.Total != 0 && now - place.BegunAt > LifeTime) Abandon(ref place);
            if (place.Total != 0 && place.Id == fragment.Id) return ref place;
            if (_places[best].Total != 0 && (place.Total == 0 || place.BegunAt < _places[best].BegunAt)) best = i;
        }

        ref Place chosen = ref _places[best];
        if (chosen.Total != 0) Abandon(ref chosen);
        chosen.Begin(fragment, now);
        return ref chosen;
    }

    private void Abandon(ref Place place)
    {
        place.Total = 0;
        Abandoned++;
    }

    /// <summary>One packet that is not whole yet; free if its total is 0.</summary>
    private struct Place
    {
        internal uint Id;
        internal int Total;
        internal Instant BegunAt;
        internal byte[] Buffer;
        private (ushort Start, ushort End)[] _parts;
        private int _count;
        private int _received;

        internal void Begin(in FragmentFrame fragment, Instant now)
        {
            (Id, Total, BegunAt, _count, _received) = (fragment.Id, fragment.Total, now, 0, 0);
            _parts ??= new (ushort, ushort)[Limits.FragmentsPerPacket];
            if (Buffer is null || Buffer.Length < Total)
                Buffer = new byte[Total <= OrdinaryFrame ? OrdinaryFrame : FragmentFrame.LargestTotal];
        }

        internal FragmentVerdict Add(in FragmentFrame fragment, ReadOnlySpan<byte> part)
        {
            (int start, int end) = (fragment.Offset, fragment.Offset + part.Length);
            if (fragment.Total != Total) return FragmentVerdict.Contradiction;
            for (int i = 0; i < _count; i++)
            {
                if (_parts[i].Start == start && _parts[i].End == end) return FragmentVerdict.Duplicate;
                if (_parts[i].Start < end && start < _parts[i].End) return FragmentVerdict.Contradiction;
            }

            if (_count == _parts.Length) return FragmentVerdict.Contradiction;
            _parts[_count++] = ((ushort)start, (ushort)end);
            part.CopyTo(Buffer.AsSpan(start));
            _received += part.Length;
            return _received == Total ? FragmentVerdict.Completed : FragmentVerdict.Kept;
        }
    }
}
