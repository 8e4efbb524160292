using System.Net;
using Whalescale.Integration.Lab;
using Whalescale.Tun.Devices;

namespace Whalescale.Integration.Devices;

/// <summary>Two kernels and their devices, joined by a cable in place of two nodes.</summary>
public sealed class LinuxTunOffloadTests
{
    private const int Mtu = 1_420, TransferMebibytes = 8;

    [RootTheory]
    [InlineData(TunOffloads.All, true, true)]
    [InlineData(TunOffloads.Checksum | TunOffloads.Tcp, true, true)]
    [InlineData(TunOffloads.Checksum, false, true)]
    [InlineData(TunOffloads.None, false, false)]
    public void Streams_and_trains_pass_from_device_to_device_undamaged_in_the_form_that_was_agreed(
        TunOffloads offloads, bool arePacketsMerged, bool areChecksumsLeft)
    {
        using NetworkNamespace here = new("here"), there = new("there");
        using ITunDevice one = Open(here, "10.77.0.1/16", "fd77::1/64");
        using ITunDevice other = Open(there, "10.77.0.2/16", "fd77::2/64");
        foreach (ITunDevice device in (ITunDevice[])[one, other])
            Assert.Equal(offloads, device.UseOffloads(offloads));

        var cable = new TunCable(one, other);
        using (cable)
        {
            foreach (string target in (string[])["10.77.0.2", "fd77::2"])
            {
                Transfer transfer = Transfer.Run(here, there, IPAddress.Parse(target), TransferMebibytes);
                DatagramExchange trains = DatagramExchange.OfTrains(here, there, IPAddress.Parse(target));
                Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
                Assert.Equal((trains.Sent, 0), (trains.Received, trains.Damaged));
            }
        }

        Assert.Equal(0, cable.Refused);
        Assert.Equal(arePacketsMerged, cable.SuperPackets > 0);
        Assert.Equal(areChecksumsLeft, cable.Unfinished > 0);
        Assert.Equal(arePacketsMerged, cable.Longest > Mtu);
        if (arePacketsMerged) Assert.InRange(TakenBy(there), 1, cable.Delivered / 2);
        else Assert.Equal(cable.Delivered, TakenBy(there));
        foreach (NetworkNamespace host in (NetworkNamespace[])[here, there])
            Assert.Equal(default, ChecksumErrors.Of(host));
    }

    private static ITunDevice Open(NetworkNamespace network, params string[] addresses)
    {
        ITunDevice tun = network.Inside(() => new LinuxTunFactory().Open("whale0", Mtu));
        Assert.Equal(TunOffloads.All, tun.Offloads);
        tun.Configure(new TunConfiguration([.. addresses.Select(Prefix)], [], Mtu));
        return tun;

        static IpPrefix Prefix(string text) =>
            IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);
    }

    /// <summary>Packets that the kernel took from us: one for each write.</summary>
    private static long TakenBy(NetworkNamespace network) => network.IpJson("-s", "link", "show", "dev", "whale0")[0]
        .GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64();
}
