using System.Diagnostics;
using Whalescale.Tests.Api;

namespace Whalescale.Tests.Cli;

/// <summary>The real executable, as a process of its own.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Asking_for_the_status_loads_no_http_server_no_composition_and_no_table_library()
    {
        // What a process has loaded is told by Linux alone.
        if (!OperatingSystem.IsLinux()) return;
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        var agent = new CannedAgent
        {
            BeforeStatus = async cancellation =>
            {
                asked.SetResult();
                await answer.Task.WaitAsync(cancellation);
            },
        };
        await using ApiHost host = await ApiHost.StartAsync(agent);
        using Process process = Start("status", "--json", "--timeout", "60s", "--api", host.Endpoint.ToString());
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
        string loaded = await File.ReadAllTextAsync($"/proc/{process.Id}/maps");
        answer.SetResult();

        Assert.Contains("\"schema\":\"whalescale.status/1\"", await output, StringComparison.Ordinal);
        Assert.Contains("/System.Net.Http.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"/(Microsoft\.AspNetCore|Spectre|System\.Composition|Whalescale\.Node)[A-Za-z.]*\.dll", loaded);
    }

    /// <summary>The executable is built beside the tests, in the same configuration.</summary>
    private static Process Start(params string[] arguments)
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/', '\\'));
        string file = System.IO.Path.Combine(tests.Parent!.Parent!.FullName, "Whalescale.Agent", tests.Name, "whalescale");
        return Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })!;
    }
}
