namespace Whalescale.Agent.Plugins;

/// <summary>No module of this kind and name; the message lists what there is.</summary>
internal sealed class ModuleNotFoundException(string message) : Exception(message);

/// <summary>A plugin that is not loaded; the message is the reason, for the operator.</summary>
internal sealed class PluginRefusedException(string message, Exception? cause = null) : Exception(message, cause);
