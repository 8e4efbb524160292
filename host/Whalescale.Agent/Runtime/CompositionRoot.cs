using Microsoft.Extensions.Logging;
using Whalescale.Agent.Api;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Loops;
using Whalescale.Agent.Persistence;
using Whalescale.Agent.Plugins;
using Whalescale.Crypto;
using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Transport;

namespace Whalescale.Agent.Runtime;

/// <summary>Puts the agent together: the only place that knows every concrete type. Read it from top to
/// bottom.</summary>
internal static class CompositionRoot
{
    /// <summary>Runs the agent until it is told to stop or cannot go on.</summary>
    /// <returns>0 after an orderly stop; 1 if a loop has failed.</returns>
    /// <exception cref="UnauthorizedAccessException">A right is missing; the message names the next step.</exception>
    /// <exception cref="PlatformNotSupportedException">This system cannot; the message says what is
    /// missing.</exception>
    /// <exception cref="IOException">Something is in use or broken; the message says what.</exception>
    internal static async Task<int> RunAsync(LoadedConfiguration inputs, CancellationToken stop)
    {
        AgentOptions options = inputs.Options;
        ILogger log = inputs.Logs.CreateLogger("Whalescale.Agent");

        CryptoLibraries.Require();
        if (!ProcessSecrecy.TryApply()) RuntimeLog.CoreDumpsPossible(log);

        // ---- who we are
        var store = FileStateStore.Open(options.Node.StateDirectory);
        var state = new SavedState(store, log);
        using NetworkKeys network = LoadNetwork(options);
        IReadOnlyList<IpPrefix> addresses = options.Node.Addresses.Count > 0
            ? options.Node.Addresses
            : OverlayAddressing.Derive(network, inputs.Identity.NodeId);

        // ---- the core: two halves and two rings
        var random = new OperatingSystemRandom();
        var clock = new AgentClock(new BootTimeProvider());
        MeshNodeOptions nodeOptions = NodeOptionsOf(inputs, network, addresses, state, random, log);
        MessageRing toData = new(), toControl = new();
        using var plane = new DataPlane(
            MeshNode.EmptyTable(nodeOptions), random, toData, toControl, nodeOptions.RekeyAfter);
        using var node = new MeshNode(nodeOptions, random, toControl, toData, () => plane.Counters);

        // ---- the world outside
        using IWaiter waiter = Waiters.Create();
        using ITunDevice? tun = OpenDevice(options, inputs.Catalogue);
        ushort port = options.Transport.ListenPort != 0 ? options.Transport.ListenPort : state.LoadPort();
        using var sockets = new SocketSet(
            port, portable: !OperatingSystem.IsLinux(), waiter, options.Transport.Offload);

        // ---- two threads, and what they tell
        AgentRuntime? runtime = null;
        ControlLoop? control = null;
        using var data = new DataLoop(
            plane, tun, sockets, waiter, clock, toControl, () => control!.Wake(),
            fault => runtime!.Fail(fault));
        control = new ControlLoop(
            node, toData, clock, data.Wake, happened => runtime!.Handle(happened), fault => runtime!.Fail(fault));
        using ControlLoop controlLoop = control;
        var discovery = new DiscoveryHub(control);
        var parts = new AgentParts
        {
            Options = options,
            Addresses = addresses,
            DerivedAddresses = id => OverlayAddressing.Derive(network, id),
            Tun = tun,
            PeerFile = new PeerFile(inputs.MainFile),
            HandWrittenPeers = HandWritten(inputs),
            State = state,
            Control = control,
            Discovery = discovery,
        };
        runtime = new AgentRuntime(parts, log);
        runtime.AddConfiguredPeers(node, clock.Now());
        runtime.ConfigureDevice();

        // ---- modules chosen by name, and the local API
        using var modules = new ModuleRunner(inputs.Catalogue, random, log);
        using var underlays = new UnderlayKeeper(data, control, options.PathRules, runtime.UsePort, log);
        await using ApiServer api = await ApiServer.StartAsync(
            runtime, inputs.Catalogue, ConnectorsOf(options, inputs.Catalogue), inputs.Logs, stop).ConfigureAwait(false);

        data.Start();
        control.Start();
        RuntimeLog.Started(log, options.Node.Name, tun?.Name ?? "none", string.Join(", ", addresses));
        modules.RunPathProvider("interfaces", underlays, new Dictionary<string, string>
        {
            ["interfaces"] = string.Join(',', options.Transport.Interfaces),
            ["exclude"] = options.Tun.Name,
        });
        foreach (string source in options.DiscoverySources) modules.RunDiscovery(source, discovery);
        runtime.WantPeers();

        // ---- until the end
        Task<Exception> failed = runtime.Failed;
        await Task.WhenAny(failed, Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false);
        if (failed.IsCompletedSuccessfully) RuntimeLog.Failed(log, failed.Result);
        else RuntimeLog.Stopping(log);
        await modules.StopAsync().ConfigureAwait(false);
        control.Post((mesh, now) => mesh.Close(now));
        control.Stop();
        data.Stop();
        return failed.IsCompletedSuccessfully ? 1 : 0;
    }

    private static NetworkKeys LoadNetwork(AgentOptions options)
    {
        byte[] secret = options.Network.SecretFile is { } file ? SecretFile.Read(file) : [];
        var keys = new NetworkKeys(options.Network.Name, secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return keys;
    }

    private static MeshNodeOptions NodeOptionsOf(
        LoadedConfiguration inputs, NetworkKeys network, IReadOnlyList<IpPrefix> addresses, SavedState state,
        RandomSource random, ILogger log)
    {
        AgentOptions options = inputs.Options;
        var schedulers = inputs.Catalogue.Get<IModuleFactory<IPacketScheduler>>(options.Multipath.Scheduler);
        ModuleContext context = ModuleRunner.ContextOf(options.Multipath.Scheduler, random, log);
        return new MeshNodeOptions
        {
            Self = new HandshakeSelf(inputs.Identity, network, OwnCapabilities.Of(CipherSuites.HasAesInstructions)),
            Addresses = addresses.Select(prefix => prefix.Address).ToArray(),
            Networks = options.Node.Routes,
            NewScheduler = () => schedulers.Create(context),
            RekeyAfter = options.Transport.RekeyAfter,
            LastTimestamp = state.LoadTimestamp(),
        };
    }

    private static ITunDevice? OpenDevice(AgentOptions options, PluginCatalogue catalogue)
    {
        if (options.Tun.Name == "none") return null;
        string kind = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux";
        ITunDevice device = catalogue.Get<ITunDeviceFactory>(kind).Open(options.Tun.Name, options.Tun.Mtu);
        if (!options.Tun.Offload) device.UseOffloads(TunOffloads.None);
        return device;
    }

    private static List<IConnector> ConnectorsOf(AgentOptions options, PluginCatalogue catalogue)
    {
        var connectors = new List<IConnector>();
        if (options.Api.UnixPath is { } path)
            connectors.Add(catalogue.Get<IConnectorFactory>("unix").Create(ConnectorEndpoint.Unix(path)));
        return connectors;
    }

    private static Dictionary<NodeId, string> HandWritten(LoadedConfiguration inputs)
    {
        var file = new PeerFile(inputs.MainFile);
        var written = new Dictionary<NodeId, string>();
        foreach (PeerOrigin peer in inputs.Result.Peers)
            if (file.FindWrittenByHand(inputs.Result, peer.Id) is { } place) written[peer.Id] = place;
        return written;
    }
}
