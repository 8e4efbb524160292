using System.Text;
using Microsoft.Extensions.Configuration;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Tests.Configuration.Toml;

public sealed class TomlConfigurationProviderTests
{
    [Fact]
    public void Tables_and_lists_become_paths_of_the_generic_host()
    {
        IConfigurationProvider provider = Load("""
            [Logging.LogLevel]
            Default = "Warning"
            [[peer]]
            name = "beta"
            routes = ["10.0.0.0/8", "fd00::/8"]
            since = 1979-05-27
            mtu = 1380
            anchor = true
            """);

        Assert.Equal("Warning", Value(provider, "Logging:LogLevel:Default"));
        Assert.Equal("beta", Value(provider, "peer:0:name"));
        Assert.Equal("fd00::/8", Value(provider, "peer:0:routes:1"));
        Assert.Equal("1979-05-27", Value(provider, "peer:0:since"));
        Assert.Equal("1380", Value(provider, "peer:0:mtu"));
        Assert.Equal("true", Value(provider, "peer:0:anchor"));
    }

    [Fact]
    public void All_errors_are_in_the_one_exception()
    {
        FormatException error = Assert.Throws<FormatException>(() => Load("a = ?\nb = ?"));

        Assert.Contains("1:5: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("2:5: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_differ_only_in_case_are_refused()
    {
        Assert.Throws<FormatException>(() => Load("a = 1\nA = 2"));
    }

    [Fact]
    public void A_file_is_read_through_the_configuration_builder()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "[a]\nb = 1");

        var source = new TomlConfigurationSource { Path = file };
        source.ResolveFileProvider();
        IConfigurationRoot root = new ConfigurationBuilder().Add(source).Build();

        Assert.Equal("1", root["a:b"]);
        File.Delete(file);
    }

    private static TomlConfigurationProvider Load(string text)
    {
        var provider = new TomlConfigurationProvider(new TomlConfigurationSource());
        provider.Load(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return provider;
    }

    private static string? Value(IConfigurationProvider provider, string key) =>
        provider.TryGet(key, out string? value) ? value : null;
}
