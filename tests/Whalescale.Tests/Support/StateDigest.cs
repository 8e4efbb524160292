using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Whalescale.Node;

namespace Whalescale.Tests.Support;

/// <summary>
/// Everything a node remembers: key rings, replay windows, pending handshakes, path addresses, timers, streams of
/// chance,
/// counters. Left out are what refused datagrams are allowed to move: counters of drops, the book of the rate
/// limiter, and memory that is scratch.
/// </summary>
/// <remarks>Walks every field of every object reachable from the two halves, so a new field is covered without being
/// named.</remarks>
internal sealed class StateDigest : IDisposable
{
    private const BindingFlags Fields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // Type and field: scratch memory, and what counts or bounds refusals.
    private static readonly HashSet<string> LeftOut =
    [
        "DataPlane._lastNow", "DataPlane._message", "DataPlane._retiringPeer", "DataPlane._egress",
        "MeshNode._lastNow", "MeshNode._buffer", "HandshakeDesk._limiter", "HandshakeDesk._sawUnknownKey",
        "SessionKeys._forged", "SessionIndex._last", "PeerChannel.StrangersPaidUntil", "HandshakeClock._anchor",
        "EvpRecordAead._pinned",
    ];

    private static readonly Counter[] Kept = [.. Enum.GetValues<Counter>().Where(counter =>
        !counter.ToString().StartsWith("Drop", StringComparison.Ordinal)
        && counter is not (Counter.DatagramsReceived or Counter.DatagramBytesReceived))];

    private static readonly Dictionary<Type, FieldInfo[]> KnownFields = [];

    private readonly MemoryStream _bytes = new();
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<(string Path, int End)> _places = [];

    private StateDigest(TestNode node)
    {
        Walk(node.Node, "control");
        Walk(node.Plane, "data");
    }

    private ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    internal static string Of(TestNode node)
    {
        using var digest = new StateDigest(node);
        return Convert.ToHexString(SHA256.HashData(digest.Bytes));
    }

    /// <summary>Takes the state and returns a check that it still is the same, which names the first field that is
    /// not.</summary>
    internal static Action Watch(TestNode node)
    {
        var before = new StateDigest(node);
        return () =>
        {
            using var after = new StateDigest(node);
            int same = before.Bytes.CommonPrefixLength(after.Bytes);
            if (same == before._bytes.Length && same == after._bytes.Length) return;
            string place = after._places.Find(place => place.End > same).Path ?? "the end";
            Assert.Fail($"{node.Name}: changed at {place}");
        };
    }

    /// <summary>A private field, for tests that look where no property leads.</summary>
    internal static object Field(object owner, string name) => owner.GetType().GetField(name, Fields)!.GetValue(owner)!;

    public void Dispose() => _bytes.Dispose();

    private void Walk(object? value, string path)
    {
        if (value is Delegate or Type or DatagramBatch or PacketBatch or MessageRing or SafeHandle or nint or nuint) return;
        if (value is Pointer || (value is not null && !value.GetType().IsValueType && !_seen.Add(value))) return;
        if (value is Counters counters)
            foreach (Counter counter in Kept) Note(BitConverter.GetBytes(counters[counter]), $"{path}.{counter}");
        else if (value is null or string or byte[] or ulong[] || value.GetType().IsPrimitive || value.GetType().IsEnum)
            Note(BytesOf(value), path);
        else if (value is Array array)
            for (int i = 0; i < array.Length; i++) Walk(array.GetValue(i), path + "[]");
        else
            foreach (FieldInfo field in FieldsOf(value.GetType())) Walk(field.GetValue(value), $"{path}.{field.Name}");
    }

    private void Note(ReadOnlySpan<byte> bytes, string path)
    {
        _bytes.Write(bytes);
        _places.Add((path, (int)_bytes.Length));
    }

    private static byte[] BytesOf(object? value) => value switch
    {
        null => [0],
        byte[] bytes => bytes,
        string text => System.Text.Encoding.UTF8.GetBytes(text),
        ulong[] words => MemoryMarshal.AsBytes<ulong>(words).ToArray(),
        _ => System.Text.Encoding.UTF8.GetBytes(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value};")),
    };

    private static FieldInfo[] FieldsOf(Type type)
    {
        if (KnownFields.TryGetValue(type, out FieldInfo[]? known)) return known;
        var fields = new List<FieldInfo>();
        for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
            fields.AddRange(at.GetFields(Fields).Where(field =>
                !field.FieldType.IsPointer && !LeftOut.Contains($"{at.Name}.{field.Name}")));
        return KnownFields[type] = [.. fields];
    }
}
