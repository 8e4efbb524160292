using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Plugins;

namespace Whalescale.Agent.Api;

/// <summary>Turns the catalogue's rows into documents; also for the command line when no agent runs.</summary>
internal static class ModuleStatusDocuments
{
    public static ModuleDocument From(ModuleStatus status) => new()
    {
        Kind = status.Kind,
        Name = status.Name,
        Version = status.Version,
        ApiLevel = status.ApiLevel,
        Origin = status.Origin,
        State = status.State.Text(),
        Reason = status.Reason,
    };
}
