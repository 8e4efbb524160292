using System.Composition;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Agent.Discovery;

/// <summary>Offers the endpoints that the operator wrote down; names are resolved, and all their addresses
/// offered.</summary>
/// <remarks>
/// At the start, and whenever the node asks again, every wanted peer's endpoints are offered anew. A name that does not
/// resolve is tried again on its own after 1, 2, 4 … 60 s, and not sooner whoever asks; one log line tells of it
/// when it begins to fail and one when it is mended.
/// </remarks>
internal sealed class ManualSource(
    Func<string, CancellationToken, Task<IPAddress[]>> resolve, Action<ModuleLogLevel, string> log, TimeProvider time)
    : IDiscoverySource
{
    public const string Name = "manual";

    /// <summary>Addresses of one name that are offered; a name with more is not that of one peer.</summary>
    private const int AddressesPerName = 16;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause: a resolver that comes back is noticed within a minute.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>A lookup that takes longer has failed; the system's own limit may be far longer.</summary>
    private static readonly TimeSpan LookupTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Names that do not resolve at present. Bounded by what the operator wrote down.</summary>
    private readonly Dictionary<string, Failure> _failing = new(StringComparer.OrdinalIgnoreCase);

    public async Task RunAsync(IDiscoverySink sink, CancellationToken cancellation)
    {
        while (true)
        {
            // Asked before the offers: what changes while they are made is not missed.
            using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task changed = sink.WaitForWantedAsync(round.Token);
            await OfferAllAsync(sink, cancellation).ConfigureAwait(false);
            Task next = _failing.Count == 0
                ? changed
                : await Task.WhenAny(changed, PauseAsync(round.Token)).ConfigureAwait(false);
            await next.ConfigureAwait(false);
            await round.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Until the first failing name may be tried again.</summary>
    private Task PauseAsync(CancellationToken cancellation)
    {
        TimeSpan wait = _failing.Values.Min(Remaining);
        return Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, cancellation);
    }

    private async Task OfferAllAsync(IDiscoverySink sink, CancellationToken cancellation)
    {
        IReadOnlyList<WantedPeer> wanted = sink.Wanted;
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (WantedPeer peer in wanted)
        {
            foreach (string text in peer.Endpoints)
            {
                // Configuration and API have refused what is no endpoint.
                if (!WrittenEndpoint.TryParse(text, out WrittenEndpoint endpoint)) continue;
                if (!endpoint.Literal.IsNone)
                {
                    Offer(sink, peer.Id, endpoint.Literal);
                    continue;
                }

                named.Add(endpoint.Host);
                await OfferNameAsync(sink, peer.Id, endpoint, cancellation).ConfigureAwait(false);
            }
        }

        foreach (string gone in _failing.Keys.Where(host => !named.Contains(host)).ToList()) _failing.Remove(gone);
    }

    private async Task OfferNameAsync(
        IDiscoverySink sink, NodeId peer, WrittenEndpoint endpoint, CancellationToken cancellation)
    {
        if (_failing.TryGetValue(endpoint.Host, out Failure failing) && Remaining(failing) > TimeSpan.Zero) return;
        using var limit = new CancellationTokenSource(LookupTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            IPAddress[] addresses = await resolve(endpoint.Host, both.Token).ConfigureAwait(false);
            foreach (IPAddress address in addresses.Take(AddressesPerName))
                Offer(sink, peer, Endpoint.From(new IPEndPoint(address, endpoint.Port)));
            if (addresses.Length == 0) Fail(endpoint.Host, "it has no addresses");
            else if (_failing.Remove(endpoint.Host)) log(ModuleLogLevel.Information, $"{endpoint.Host} resolves again");
        }
        catch (SocketException failure)
        {
            Fail(endpoint.Host, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Fail(endpoint.Host, "the resolver did not answer in time");
        }
    }

    private void Fail(string host, string reason)
    {
        TimeSpan delay = FirstDelay;
        if (_failing.TryGetValue(host, out Failure before))
            delay = before.Delay * 2 < LongestDelay ? before.Delay * 2 : LongestDelay;
        else
            log(ModuleLogLevel.Warning, $"{host} does not resolve ({reason}); it is tried again until it does");
        _failing[host] = new Failure(delay, time.GetTimestamp());
    }

    private TimeSpan Remaining(Failure failure) => failure.Delay - time.GetElapsedTime(failure.Timestamp);

    private static void Offer(IDiscoverySink sink, NodeId peer, Endpoint endpoint) =>
        sink.Offer(new PeerHint(peer, new Candidate(CandidateKind.Host, endpoint), Name));

    /// <summary>A name that did not resolve: when it was tried, and the pause after that.</summary>
    private readonly record struct Failure(TimeSpan Delay, long Timestamp);
}

/// <summary>Makes the source.</summary>
[Export(typeof(IModuleFactory<IDiscoverySource>))]
[ExportMetadata("Name", ManualSource.Name), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class ManualSourceFactory : IModuleFactory<IDiscoverySource>
{
    public IDiscoverySource Create(ModuleContext context) =>
        new ManualSource(Dns.GetHostAddressesAsync, context.Log, TimeProvider.System);
}
