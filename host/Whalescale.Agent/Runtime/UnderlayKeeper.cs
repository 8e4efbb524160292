using Microsoft.Extensions.Logging;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Loops;
using Whalescale.Node;
using Whalescale.Transport;

namespace Whalescale.Agent.Runtime;

/// <summary>Keeps one socket for each underlay that a path provider offers, and tells the node which there
/// are.</summary>
/// <remarks>Sockets belong to the data thread: offers arrive on any thread, are carried out there, and the list of
/// what is open goes to the control thread.</remarks>
internal sealed class UnderlayKeeper(
    DataLoop data, ControlLoop control, IReadOnlyList<PathRuleOptions> rules, Action<ushort> portChosen, ILogger log)
    : IPathSink, IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (ushort Number, int Mtu)> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Underlay> _refused = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = TimeProvider.System;
    private ITimer? _retry;

    /// <inheritdoc/>
    public void Offer(Underlay underlay)
    {
        if (TierOf(underlay.Name) == PathTier.Off) return;
        data.Post(sockets =>
        {
            if (!_open.TryGetValue(underlay.Name, out (ushort Number, int Mtu) known)) Open(sockets, underlay);
            else _open[underlay.Name] = known with { Mtu = underlay.Mtu };
            // Also when nothing was opened: its addresses may have changed, and paths are to be probed.
            Publish();
        });
    }

    /// <inheritdoc/>
    public void Withdraw(string name) => data.Post(sockets =>
    {
        _refused.Remove(name);
        if (!_open.Remove(name)) return;
        sockets.Remove(name);
        RuntimeLog.UnderlayGone(log, name);
        Publish();
    });

    /// <inheritdoc/>
    public void Dispose() => _retry?.Dispose();

    private void Open(SocketSet sockets, Underlay underlay)
    {
        try
        {
            _open.Add(underlay.Name, (sockets.Add(underlay.Name, underlay.InterfaceIndex), underlay.Mtu));
            portChosen(sockets.Port);
            _refused.Remove(underlay.Name);
            RuntimeLog.UnderlayReady(log, underlay.Name, sockets.Port);
        }
        catch (IOException refusal)
        {
            // Said once, not at every attempt.
            if (_refused.TryAdd(underlay.Name, underlay))
                RuntimeLog.UnderlayRefused(log, underlay.Name, refusal.Message);
            _retry ??= _time.CreateTimer(_ => data.Post(RetryRefused), null, RetryInterval, RetryInterval);
        }
    }

    private void RetryRefused(SocketSet sockets)
    {
        int before = _open.Count;
        foreach (Underlay underlay in _refused.Values.ToArray()) Open(sockets, underlay);
        if (_open.Count > before) Publish();
        if (_refused.Count > 0) return;
        _retry?.Dispose();
        _retry = null;
    }

    private void Publish()
    {
        SocketInfo[] infos = _open
            .Select(entry => new SocketInfo(entry.Value.Number, entry.Key, entry.Value.Mtu))
            .OrderBy(info => TierOf(info.Interface)).ThenBy(info => info.Number).ToArray();
        control.Post((node, now) => node.UseSockets(infos, now));
    }

    private PathTier TierOf(string name)
    {
        foreach (PathRuleOptions rule in rules)
            if (System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(rule.InterfacePattern, name))
                return rule.Tier;
        return PathTier.Primary;
    }
}
