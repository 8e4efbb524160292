using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Whalescale.Simulation;

/// <summary>Virtual time: a queue of actions, each at an instant, ties broken by the order they were queued
/// in.</summary>
/// <remarks>One thread, no wait. Whatever happens is traced; two runs of one seed have the same
/// <see cref="TraceHash"/>.</remarks>
public sealed class World(ulong seed) : IDisposable
{
    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private readonly IncrementalHash _trace = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly SeededRandom _random = new(seed);
    private readonly Queue<string> _recent = new();
    private readonly List<Violation> _violations = [];
    private long _order;

    public ulong Seed => seed;

    public Instant Now { get; private set; } = new(1_000_000_000);

    /// <summary>Actions run so far.</summary>
    public long Events { get; private set; }

    /// <summary>Broken invariants, oldest first.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>The last things that happened, for whoever looks for the cause of a violation.</summary>
    public IReadOnlyCollection<string> Recent => _recent;

    /// <summary>SHA-256 over everything traced so far, in hex.</summary>
    public string TraceHash => Convert.ToHexStringLower(_trace.GetCurrentHash());

    /// <summary>A stream of chance of this name.</summary>
    public RandomSource Random(string name) => _random.Fork(name);

    /// <summary>Runs an action later.</summary>
    public void At(Instant when, Action action) =>
        _queue.Enqueue(action, (Math.Max(when.Nanoseconds, Now.Nanoseconds), _order++));

    /// <summary>Runs an action after a while.</summary>
    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    /// <summary>Runs everything up to an instant.</summary>
    public void RunUntil(Instant end)
    {
        while (_queue.TryPeek(out Action? action, out (long At, long Order) key) && key.At <= end.Nanoseconds)
        {
            _queue.Dequeue();
            Now = new Instant(key.At);
            Events++;
            action();
        }

        Now = end;
    }

    /// <summary>Runs everything for a while.</summary>
    public void RunFor(TimeSpan duration) => RunUntil(Now + duration);

    /// <summary>Adds to the trace.</summary>
    public void Trace(string what, ReadOnlySpan<byte> bytes = default)
    {
        Span<byte> at = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(at, Now.Nanoseconds);
        _trace.AppendData(at);
        _trace.AppendData(System.Text.Encoding.UTF8.GetBytes(what));
        _trace.AppendData(bytes);
        if (_recent.Count == 50) _recent.Dequeue();
        _recent.Enqueue($"{Now} {what}");
    }

    /// <summary>Records a broken invariant.</summary>
    public void Violate(string invariant, string detail)
    {
        _violations.Add(new Violation(Now, invariant, detail));
        Trace($"violation {invariant}: {detail}");
    }

    /// <inheritdoc/>
    public void Dispose() => _trace.Dispose();
}

/// <summary>A broken invariant.</summary>
/// <param name="At">When.</param>
/// <param name="Invariant">Which.</param>
/// <param name="Detail">How.</param>
public sealed record Violation(Instant At, string Invariant, string Detail);
