using System.Composition;
using System.Net.Sockets;

namespace Whalescale.Connectors;

/// <summary>Makes connectors over Unix domain sockets.</summary>
[Export(typeof(IConnectorFactory))]
[ExportMetadata("Name", "unix"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class UnixConnectorFactory : IConnectorFactory
{
    /// <inheritdoc/>
    public ConnectorMode Mode => ConnectorMode.Unix;

    /// <inheritdoc/>
    public bool IsSupported => !OperatingSystem.IsWindows() && Socket.OSSupportsUnixDomainSockets;

    /// <inheritdoc/>
    public IConnector Create(ConnectorEndpoint endpoint) => new UnixConnector(endpoint);
}
