using System.Composition;

namespace Whalescale.Transport;

/// <summary>Makes the path provider "interfaces".</summary>
[Export(typeof(IModuleFactory<IPathProvider>))]
[ExportMetadata("Name", "interfaces"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class NetworkInterfacesFactory : IModuleFactory<IPathProvider>
{
    /// <inheritdoc/>
    public IPathProvider Create(ModuleContext context) => new NetworkInterfaces(context);
}
