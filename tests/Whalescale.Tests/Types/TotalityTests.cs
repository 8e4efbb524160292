using System.Text;
using Whalescale.Tests.Session;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Types;

/// <summary>Every decoder of the wire and every parser of text takes whatever comes.</summary>
public sealed class TotalityTests
{
    private static readonly byte[][] Frames = [.. ProtocolVectors.Frames().Select(frame => frame.Bytes)];

    [Fact]
    public void Classify_and_the_layouts_take_whatever_comes()
    {
        (MessageType Type, int Size, byte Suite)[] messages =
        [
            (MessageType.Initiation, InitiationLayout.Size, 1), (MessageType.Response, ResponseLayout.Size, 2),
            (MessageType.CookieReply, CookieReplyLayout.Size, 0), (MessageType.Transport, 48, 4),
        ];
        byte[][] good = [.. messages.Select(message =>
        {
            byte[] bytes = new byte[message.Size];
            DatagramHeader.Write(bytes, message.Type, message.Suite);
            return bytes;
        })];
        var seen = new HashSet<MessageType>();

        Totality.Assert("classify", 256, bytes => seen.Add(ReadAs(DatagramHeader.Classify(bytes), bytes)), 64, good);

        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public void The_frame_reader_takes_whatever_comes_and_stays_inside()
    {
        var seen = new HashSet<FrameType>();
        Totality.Assert(
            "frames", 256,
            bytes =>
            {
                var reader = new FrameReader(bytes);
                int end = 0;
                while (reader.TryRead(out Frame frame))
                {
                    seen.Add(frame.Type);
                    if (frame.BodyOffset <= end || frame.BodyLength <= 0) throw new InvalidOperationException("overlap");
                    end = frame.BodyOffset + frame.BodyLength;
                    if (end > bytes.Length) throw new InvalidOperationException("outside");
                    if (frame.Type == FrameType.PathResponse)
                        PathFrames.TryReadObserved(bytes.AsSpan(frame.BodyOffset), out _);
                    if (frame.Type == FrameType.PacketFragment)
                        FragmentFrame.TryRead(bytes.AsSpan(frame.BodyOffset, frame.BodyLength), out _, out _);
                }
            },
            64, [.. Frames, [.. Frames[2], .. Frames[3], .. Frames[4], .. Frames[5], .. Frames[9], .. Frames[7]]]);

        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public void Handshake_payloads_take_whatever_comes_of_their_size()
    {
        byte[] initiation = new byte[InitiationPayload.Size], response = new byte[ResponsePayload.Size];
        new ResponsePayload(TestNet.AddressOf(1), new Capabilities(1, 15, 2)).Write(response);
        int good = 0;
        Totality.Assert(
            "payloads", InitiationPayload.Size,
            bytes =>
            {
                Span<byte> sized = stackalloc byte[InitiationPayload.Size];
                sized.Clear();
                bytes.AsSpan(0, Math.Min(bytes.Length, sized.Length)).CopyTo(sized);
                InitiationPayload.Read(sized);
                if (!ResponsePayload.TryRead(sized[..ResponsePayload.Size], out ResponsePayload payload)) return;
                Span<byte> again = stackalloc byte[ResponsePayload.Size];
                payload.Write(again);
                // Byte 22 is the reserved one of the capabilities, which a reader ignores.
                if (!again[..22].SequenceEqual(sized[..22])) throw new InvalidOperationException("not what was read");
                good++;
            },
            64, initiation, response);

        Assert.NotEqual(0, good);
    }

    [Fact]
    public void Texts_of_ids_addresses_and_endpoints_take_whatever_comes()
    {
        string[] good =
        [
            "pg2vmlup4zkpsqdywejorkmlu6ib7bj242k35v7a4oiqxlieszsa", "192.0.2.7:51900", "[2001:db8::7]:51900",
            "[fe80::1%2]:51900", "10.77.0.0/16", "fd77::/64", "::ffff:1.2.3.4/128", "unix:///run/whalescale.sock",
            "pipe://whalescale", "tcp://127.0.0.1:61337", "tcp://[::1]:61337", "vsock://3:61337", "50Mbit",
        ];
        int parsed = 0;

        Totality.Assert(
            "texts", 80, bytes => parsed += ParseAsAnything(Encoding.Latin1.GetString(bytes)), 4096,
            [.. good.Select(Encoding.Latin1.GetBytes)]);

        Assert.True(parsed > 10_000, $"only {parsed} were texts of anything");
    }

    // What parses is written in a form that parses to the same.
    private static int ParseAsAnything(string text)
    {
        int parsed = Bandwidth.TryParse(text, out _) ? 1 : 0;
        if (NodeId.TryParse(text, out NodeId id)) parsed += Same(text.ToLowerInvariant(), id.ToString());
        if (Endpoint.TryParse(text, out Endpoint endpoint))
            parsed += Same(endpoint, Endpoint.TryParse(endpoint.ToString(), out Endpoint again) ? again : default);
        if (IpPrefix.TryParse(text, out IpPrefix prefix))
            parsed += Same(prefix, IpPrefix.TryParse(prefix.ToString(), out IpPrefix again) ? again : default);
        if (ConnectorEndpoint.TryParse(text, out ConnectorEndpoint connector, out _))
            parsed += Same(connector, ConnectorEndpoint.TryParse(connector.ToString(), out var again, out _) ? again : null);
        return parsed;
    }

    private static int Same<T>(T one, T other) => EqualityComparer<T>.Default.Equals(one, other)
        ? 1
        : throw new InvalidOperationException($"{one} became {other}");

    private static MessageType ReadAs(MessageType type, byte[] bytes)
    {
        switch (type)
        {
            case MessageType.Initiation:
                InitiationLayout.SenderIndex(bytes);
                InitiationLayout.Ephemeral(bytes);
                break;
            case MessageType.Response:
                ResponseLayout.SenderIndex(bytes);
                ResponseLayout.ReceiverIndex(bytes);
                break;
            case MessageType.CookieReply:
                CookieReplyLayout.ReceiverIndex(bytes);
                break;
            case MessageType.Transport:
                TransportHeader header = TransportHeader.Read(bytes);
                if (PacketNonce.Of(PacketNonce.Path(header.Nonce), PacketNonce.Number(header.Nonce)) != header.Nonce)
                    throw new InvalidOperationException("a nonce is its path and number");
                break;
        }

        return type;
    }
}
