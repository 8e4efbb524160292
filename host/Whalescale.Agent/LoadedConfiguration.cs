using Microsoft.Extensions.Logging;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;
using Whalescale.Crypto;

namespace Whalescale.Agent;

/// <summary>What the run command hands to the agent: read, checked, and ready to be composed. Owned by the
/// command.</summary>
/// <param name="MainFile">The configuration file; conf.d lies beside it.</param>
/// <param name="Options">The configuration.</param>
/// <param name="Result">The same with the place of every value.</param>
/// <param name="Identity">The node's keys.</param>
/// <param name="Catalogue">Built-in modules and the plugins that the configuration names.</param>
/// <param name="Logs">Where lines go.</param>
internal sealed record LoadedConfiguration(
    string MainFile, AgentOptions Options, ConfigurationResult Result, Identity Identity, PluginCatalogue Catalogue,
    ILoggerFactory Logs);
