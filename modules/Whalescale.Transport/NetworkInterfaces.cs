using System.Net.NetworkInformation;
using System.Threading.Channels;

namespace Whalescale.Transport;

/// <summary>Offers the network interfaces of this machine as underlays, and follows their changes.</summary>
/// <remarks>
/// The system's change events say only that something changed, and come in bursts: after one, a short silence is waited
/// for and everything is read anew. A slow poll catches what no event tells. Settings: <c>interfaces</c>, patterns
/// such as "eth*, wlan0" that select explicitly (loopback and tunnels too); <c>exclude</c>, the name of our own TUN
/// device.
/// </remarks>
public sealed class NetworkInterfaces : IPathProvider
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowPoll = TimeSpan.FromSeconds(30);

    private readonly InterfaceSelection _selection;
    private readonly Func<IEnumerable<InterfaceSnapshot>> _read;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Underlay> _offered = [];

    /// <summary>A provider with the settings of its context.</summary>
    public NetworkInterfaces(ModuleContext context)
        : this(InterfaceSelection.From(context.Settings), InterfaceSnapshot.ReadAll, TimeProvider.System)
    {
    }

    internal NetworkInterfaces(
        InterfaceSelection selection, Func<IEnumerable<InterfaceSnapshot>> read, TimeProvider time)
    {
        _selection = selection;
        _read = read;
        _time = time;
    }

    /// <inheritdoc/>
    public async Task RunAsync(IPathSink sink, CancellationToken cancellation)
    {
        // One free place is enough to remember that something changed.
        Channel<bool> changes = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Changed(object? sender, EventArgs arguments) => changes.Writer.TryWrite(true);

        NetworkChange.NetworkAddressChanged += Changed;
        NetworkChange.NetworkAvailabilityChanged += Changed;
        try
        {
            while (true)
            {
                Refresh(sink);
                await WaitForChangeAsync(changes.Reader, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The way a provider ends.
        }
        finally
        {
            NetworkChange.NetworkAddressChanged -= Changed;
            NetworkChange.NetworkAvailabilityChanged -= Changed;
        }
    }

    /// <summary>Reads the interfaces and tells the differences to what was told before.</summary>
    internal void Refresh(IPathSink sink)
    {
        var found = new Dictionary<string, Underlay>();
        foreach (InterfaceSnapshot snapshot in _read())
        {
            if (_selection.Selects(snapshot)) found[snapshot.Underlay.Name] = snapshot.Underlay;
        }

        foreach (string name in _offered.Keys.Except(found.Keys).ToArray())
        {
            _offered.Remove(name);
            sink.Withdraw(name);
        }

        foreach (Underlay underlay in found.Values)
        {
            if (_offered.TryGetValue(underlay.Name, out Underlay? before) && IsSame(before, underlay)) continue;
            _offered[underlay.Name] = underlay;
            sink.Offer(underlay);
        }
    }

    private static bool IsSame(Underlay one, Underlay two) =>
        one.Addresses.SequenceEqual(two.Addresses) && one with { Addresses = two.Addresses } == two;

    private async Task WaitForChangeAsync(ChannelReader<bool> changes, CancellationToken cancellation)
    {
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using ITimer timer = _time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), slow, SlowPoll, Timeout.InfiniteTimeSpan);
        try
        {
            await changes.ReadAsync(slow.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return;
        }

        // The rest of the burst belongs to the same change.
        await Task.Delay(Debounce, _time, cancellation).ConfigureAwait(false);
        changes.TryRead(out _);
    }
}
